"""Many tables that belong together: a topline, or the tables of a banner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from surveykit.errors import EstimationError, did_you_mean
from surveykit.results.table import Table

__all__ = ["TableBook"]


@dataclass(frozen=True)
class TableBook(Mapping[str, Table]):
    """Tables by question, in their order; a mapping.

    Parameters
    ----------
    tables
        One table a question.
    left_out
        Reason by question of what has no table.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": ["s", "l", "s", "s"], "sales": [1.0, 5.0, 2.0, 4.0]})
    >>> book = sk.topline(sk.Survey(firms))
    >>> list(book), book["sales"].cell("Mean")["estimate"]
    (['size', 'sales'], 3.0)
    """

    tables: Mapping[str, Table]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Table:
        if name not in self.tables:
            raise EstimationError(f"There is no table '{name}'.", remedy=did_you_mean(name, self.tables))
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def to_frame(self) -> pd.DataFrame:
        """Return one long frame, one row a cell, with the question first; see :meth:`Table.to_frame`."""
        frames = [table.to_frame().assign(question=name) for name, table in self.tables.items()]
        if not frames:
            return pd.DataFrame({"question": []})
        joined = pd.concat(frames, ignore_index=True)
        return joined[["question", *(name for name in joined.columns if name != "question")]]

    def __repr__(self) -> str:
        parts = [repr(table) for table in self.tables.values()]
        return "\n\n".join([*parts, *(f"Left out: {name}: {why}" for name, why in self.left_out.items())])

    def _repr_html_(self) -> str:
        return "\n".join(table._repr_html_() for table in self.tables.values())
