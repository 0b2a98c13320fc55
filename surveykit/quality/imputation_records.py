"""m imputed data sets as one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import QualityError
from surveykit.expressions.values import BoolArray
from surveykit.instrument import derive
from surveykit.instrument.question import REMOVED
from surveykit.quality.imputation_consistency import rerouted
from surveykit.responses import Responses

__all__ = ["Imputed"]


@dataclass(frozen=True, eq=False)
class Imputed:
    """Data with the values that were imputed, m for each missing cell; the answers themselves are never overwritten.

    Parameters
    ----------
    source
        The data as they were: a frame, or Responses.
    values
        Variable to imputed values ``(missing cells, m)``, in row order.
    flags
        Variable to ``(n,)``: which cells were imputed.
    donors
        Variable to the row labels of the donors ``(missing cells, m)``; empty where values were not taken from a donor.
    imputations
        Number m.
    method, seed
        How.
    notes
        What a reader must know, as which cells were widened to find donors.
    """

    source: pd.DataFrame | Responses = field(repr=False)
    values: Mapping[str, npt.NDArray[Any]] = field(repr=False)
    flags: Mapping[str, BoolArray] = field(repr=False)
    donors: Mapping[str, npt.NDArray[Any]] = field(repr=False)
    imputations: int
    method: str
    seed: int
    notes: tuple[str, ...] = ()

    def data(self, number: int) -> pd.DataFrame | Responses:
        """Return one completed data set, with a column ``<name>_imp`` that flags the imputed cells of each variable.

        Questions that an imputed answer would have led to were not administered (-94).

        Parameters
        ----------
        number
            Which one, from 0.
        """
        if not 0 <= number < self.imputations:
            raise QualityError(f"There is no imputation {number}.", remedy=f"They are 0 to {self.imputations - 1}.")
        given = self.source
        frame = (given.frame if isinstance(given, Responses) else given).copy()
        for name, flags in self.flags.items():
            column = frame[name].copy()
            column.iloc[np.flatnonzero(flags)] = self.values[name][:, number]
            frame[name] = column
        if isinstance(given, Responses):
            rows = np.flatnonzero(np.logical_or.reduce(list(self.flags.values())))
            frame = _derived_again(given, rerouted(given.instrument, given.frame, frame, rows))
        for name, flags in self.flags.items():
            left = pd.to_numeric(frame[name], errors="coerce") == REMOVED if isinstance(given, Responses) else False
            frame[f"{name}_imp"] = flags & ~np.asarray(left, np.bool_)
        return replace(given, frame=frame) if isinstance(given, Responses) else frame

    def donor_log(self) -> pd.DataFrame:
        """Return who gave what to whom: one row a cell and imputation, ``variable, row, imputation, donor, value``."""
        frames = []
        index = (self.source.frame if isinstance(self.source, Responses) else self.source).index
        for name, values in self.values.items():
            rows = index[self.flags[name]]
            for number in range(self.imputations):
                donors = self.donors[name][:, number] if len(self.donors[name]) else [None] * len(rows)
                frames.append(
                    pd.DataFrame(
                        {
                            "variable": name,
                            "row": rows,
                            "imputation": number,
                            "donor": donors,
                            "value": values[:, number],
                        }
                    )
                )
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def to_frame(self) -> pd.DataFrame:
        """Return how many cells of each variable were imputed: ``variable, cells, imputed, share``."""
        return pd.DataFrame(
            [
                {"variable": name, "cells": len(flags), "imputed": int(flags.sum()), "share": float(flags.mean())}
                for name, flags in self.flags.items()
            ]
        )

    def __str__(self) -> str:
        cells = ", ".join(f"{name} {int(flags.sum())}" for name, flags in self.flags.items())
        head = f"{self.imputations} imputations ({self.method}, seed {self.seed}); imputed cells: {cells}"
        return "\n".join([head, *self.notes])


def _derived_again(responses: Responses, frame: pd.DataFrame) -> pd.DataFrame:
    """Recompute the derived variables of the instrument from completed answers."""
    known = [one.id for one in responses.instrument.derived if one.id in frame.columns]
    if known:
        frame[known] = derive(responses.instrument, frame.drop(columns=known))[known]
    return frame
