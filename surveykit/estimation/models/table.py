"""Models or their effects side by side, as a :class:`Table`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.results import Estimate, Heading, Table

__all__ = ["model_table"]


def model_table(models: Mapping[str, Estimate], *, terms: Sequence[str] | None = None) -> Table:
    """Coefficients (or marginal effects) of several models side by side.

    Rows are terms in the order in which they first occur; a cell is empty where a model has no such term.

    Parameters
    ----------
    models
        Heading to a :class:`Model`, or to the effects of one.
    terms
        Only these rows, in this order.

    Returns
    -------
    Table
        With the facts ``t`` and ``p``. Formula, family, design, weight and residual degrees of freedom of each model
        are among its notes.

    Raises
    ------
    EstimationError
        If there is no model, levels of confidence differ, coefficients stand beside effects, or a term is in no model.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [3.0, 5, 9, 4, 7], "x": [1.0, 2, 5, 2, 3], "z": [0, 1, 0, 0, 1]})
    >>> survey = sk.Survey(firms)
    >>> table = model_table({"(1)": sk.regress(survey, "y ~ x"), "(2)": sk.regress(survey, "y ~ x + z")})
    >>> table.wide().round(2)
                (1)   (2)
    Intercept  1.59  1.16
    x          1.54  1.56
    z           NaN  0.93
    """
    if not models:
        raise EstimationError("No model is given.", remedy="Give a mapping of headings to models.")
    _refuse_mixture(models)
    every = list(dict.fromkeys(name for model in models.values() for name in model.names))
    unknown = [name for name in terms or () if name not in every]
    if unknown:
        raise EstimationError(f"'{unknown[0]}' is in none of the models.", remedy=f"They have {', '.join(every)}.")
    rows = every if terms is None else list(terms)
    first = next(iter(models.values()))
    shape = (1, len(rows), len(models))
    cells = {name: np.full(shape, np.nan) for name in ("estimate", "se", "low", "high", "df", "t", "p")}
    counts = {name: np.zeros(shape) for name in ("n", "weighted_n")}
    for column, model in enumerate(models.values()):
        places = [(rows.index(name), place) for place, name in enumerate(model.names) if name in rows]
        to, source = [row for row, _ in places], [place for _, place in places]
        for name, values in (("estimate", model.estimate), ("se", model.se), ("low", model.low), ("high", model.high)):
            cells[name][0, to, column] = values[source]
        cells["df"][0, to, column] = model.df[source]
        for name in ("t", "p"):
            cells[name][0, to, column] = model.facts[name][source] if name in model.facts else np.nan
        counts["n"][0, :, column] = model.n[0]
        counts["weighted_n"][0, :, column] = model.weighted_n[0]
    n = counts["n"].astype(np.int64)
    facts: dict[str, FloatArray] = {"t": cells["t"], "p": cells["p"]}
    return Table(
        statistic=first.statistic,
        unit="",
        layers=(Heading(""),),
        rows=tuple(Heading("", name, "coefficient") for name in rows),
        columns=tuple(Heading("", name, "model") for name in models),
        estimate=cells["estimate"],
        se=cells["se"],
        low=cells["low"],
        high=cells["high"],
        n=n,
        weighted_n=counts["weighted_n"],
        base_n=n,
        base_weighted_n=counts["weighted_n"],
        effective_n=np.full(shape, np.nan),
        df=cells["df"],
        flags=np.full(shape, ""),
        facts=facts,
        weight=first.weight if len({model.weight for model in models.values()}) == 1 else "",
        level=first.level,
        notes=_notes(models),
        synthetic=any(model.synthetic for model in models.values()),
    )


def _refuse_mixture(models: Mapping[str, Estimate]) -> None:
    if len({model.level for model in models.values()}) > 1:
        raise EstimationError("The models have different confidence levels.", remedy="Fit them with the same level=.")
    kinds = sorted({model.statistic for model in models.values()})
    if len(kinds) > 1:
        raise EstimationError(
            f"{' and '.join(kinds)} stand side by side.", remedy="Make a table of each, or take effects of all models."
        )


def _notes(models: Mapping[str, Estimate]) -> tuple[str, ...]:
    lines = []
    for heading, model in models.items():
        weight = f"weighted by '{model.weight}'" if model.weight else "unweighted"
        if isinstance(model, Model):
            design = model.survey.design.describe()
            lines.append(
                f"{heading}: {model.formula} ({model.family}, {model.link}); n = {int(model.n[0])}, {weight}, "
                f"{design}, "
                f"{model.df[0]:g} residual degrees of freedom"
                + (f", deviance {model.deviance:.6g}." if np.isfinite(model.deviance) else ".")
            )
        else:
            lines.append(f"{heading}: n = {int(model.n[0])}, {weight}, {model.df[0]:g} degrees of freedom.")
    shared = dict.fromkeys(note for model in models.values() for note in model.notes)
    return (*lines, *shared)
