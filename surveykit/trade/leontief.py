"""The Leontief model in the letters of the textbook (Miller and Blair, Input-Output Analysis, 2nd edition, 2009).

The only module of the room that uses them:

``Z`` (K, K)
    intermediate flows: row sells to column
``x`` (K,)
    gross output
``A`` (K, K)
    input coefficients, ``A = Z diag(1/x)``; zero in a column without positive output
``B`` (K, K)
    the Leontief inverse ``(I - A)^-1``; never formed here unless asked for
``L`` (N, N)
    the inverse of one region alone, ``(I - A_ss)^-1``
``v`` (K,)
    value added per unit of output

``A`` is factored once (2/3 K^3 operations); every question is then one or a few triangular solves (2 K^2 each). The
inverse costs three times the factors and is worth it only when all of it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from surveykit.errors import TradeError

__all__ = [
    "Factors",
    "downstreamness",
    "factorise",
    "input_coefficients",
    "inverse",
    "local_inverse",
    "per_output",
    "solve",
    "solve_rows",
    "upstreamness",
]

_Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Factors:
    """Triangular factors of the transposed ``(I - A)'``, so that a row-wise table needs one copy only.

    Parameters
    ----------
    lu, pivots
        As LAPACK's ``getrf`` gives them.
    """

    lu: _Matrix
    pivots: NDArray[np.int32]


def per_output(values: _Matrix, x: _Matrix) -> _Matrix:
    """Divide by output along the last axis, ``values diag(1/x)``; zero where output is not positive."""
    return np.divide(values, x, out=np.zeros(np.broadcast_shapes(values.shape, x.shape)), where=x > 0)


def input_coefficients(Z: _Matrix, x: _Matrix) -> _Matrix:
    """Input coefficients ``A = Z diag(1/x)``, zero in columns without positive output.

    Examples
    --------
    >>> input_coefficients(np.array([[24.0, 16.0], [36.0, 64.0]]), np.array([120.0, 160.0])).round(1)
    array([[0.2, 0.1],
           [0.3, 0.4]])
    """
    return per_output(Z, x)


def factorise(Z: _Matrix, x: _Matrix) -> Factors:
    """Factor ``I - A`` of a table; memory of one further table.

    Raises
    ------
    TradeError
        ``I - A`` is singular: some industries need more than all of their output as inputs.
    """
    coefficients = per_output(Z, x)
    np.negative(coefficients, out=coefficients)
    coefficients.flat[:: len(x) + 1] += 1.0
    # getrf itself, because lu_factor only warns of a singular matrix; the transposed view is factored in place.
    lu, pivots, singular = scipy.linalg.lapack.dgetrf(coefficients.T, overwrite_a=True)
    diagonal = np.abs(np.diagonal(lu))
    if singular or not np.isfinite(diagonal).all() or diagonal.min() < 1e-13 * diagonal.max():
        raise TradeError(
            "The Leontief system of the table is singular.",
            remedy="Look for industries whose inputs exceed their output in .validate().",
        )
    return Factors(lu, pivots)


def solve(factors: Factors, b: _Matrix) -> _Matrix:
    """Output needed for final demand: ``B b`` for `b` of shape `(K,)` or `(K, m)`."""
    return np.asarray(scipy.linalg.lu_solve((factors.lu, factors.pivots), b, trans=1, check_finite=False))


def solve_rows(factors: Factors, w: _Matrix) -> _Matrix:
    """Content per unit of final product: ``w B`` for `w` of shape `(K,)` or `(m, K)`."""
    return np.asarray(scipy.linalg.lu_solve((factors.lu, factors.pivots), w.T, trans=0, check_finite=False)).T


def inverse(Z: _Matrix, x: _Matrix) -> _Matrix:
    """Form the whole Leontief inverse ``B``.

    Examples
    --------
    >>> inverse(np.array([[24.0, 16.0], [36.0, 64.0]]), np.array([120.0, 160.0])).round(4)
    array([[1.3333, 0.2222],
           [0.6667, 1.7778]])
    """
    return solve(factorise(Z, x), np.eye(len(x)))


def local_inverse(Z_ss: _Matrix, x_s: _Matrix) -> _Matrix:
    """Leontief inverse of one region alone, ``L = (I - A_ss)^-1``: inputs that never cross its border."""
    return np.asarray(scipy.linalg.inv(np.eye(len(x_s)) - per_output(Z_ss, x_s), check_finite=False))


def upstreamness(factors: Factors, x: _Matrix) -> _Matrix:
    """Mean number of stages from an industry to final use, `(K,)`.

    Row sums of the Ghosh inverse ``(I - diag(1/x) Z)^-1 = diag(1/x) B diag(x)``, that is ``(B x) / x``; one where
    there is no output.

    References
    ----------
    Antras, Chor, Fally, Hillberry (2012), Measuring the Upstreamness of Production and Trade Flows, American Economic
    Review 102(3), 412-416, equation 2; without the inventory correction.
    """
    return np.divide(solve(factors, x), x, out=np.ones_like(x), where=x > 0)


def downstreamness(factors: Factors, size: int) -> _Matrix:
    """Mean number of stages of production behind a unit of output, `(K,)`: column sums of ``B``."""
    return solve_rows(factors, np.ones(size))
