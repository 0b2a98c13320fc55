"""What tables are: :class:`Table`, cells with their standard errors, bases and reasons; data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, did_you_mean
from surveykit.results.column_comparisons import Adjustment, column_letters
from surveykit.results.headings import Heading, find_heading, heading_columns, heading_letters, heading_texts
from surveykit.results.independence import JointCounts, TestStatistic, independence
from surveykit.results.table_printing import Block, cell_text, html_table, text_table
from surveykit.results.test_result import TestResult
from surveykit.results.weight_words import weighted_by

__all__ = ["CELL_ARRAYS", "FLAGS", "Table"]

#: Arrays ``(L, R, C)`` that every table holds, by name.
CELL_ARRAYS = (
    "estimate",
    "se",
    "low",
    "high",
    "n",
    "weighted_n",
    "base_n",
    "base_weighted_n",
    "effective_n",
    "df",
    "flags",
)


_LETTERS = "Letters name the columns that a cell exceeds"

#: What a flag of a cell says.
FLAGS: Mapping[str, str] = {
    "": "",
    "empty cell": "no row of the data is in this cell",
    "empty base": "no row of the data is in the base of this cell",
    "fixed": "equal to its base, so it has no sampling error",
}


@dataclass(frozen=True, eq=False)
class Table:
    """Cells ``(L, R, C)``: layers, rows and columns, each cell with what it rests on.

    One shape serves cross-tabs with layers, one-way tables (one column), banners (columns of several variables),
    multiple answers (rows that do not add to one) and regressions side by side (rows are coefficients, columns are
    models).

    Parameters
    ----------
    statistic
        What a cell is: ``"share of column"``, ``"count"``, ``"mean"`` ...
    unit
        ``"share"`` (0-1), ``"count"`` (of the population), or the unit of the variable.
    layers, rows, columns
        Headings. A table without layers has one layer whose heading names no variable.
    estimate, se, low, high
        ``(L, R, C)``; NaN where not defined.
    n, weighted_n
        ``(L, R, C)`` rows of the data in the cell, and the sum of their weights.
    base_n, base_weighted_n
        ``(L, R, C)`` the same for the cell's base: its column, row or layer.
    effective_n
        ``(L, R, C)`` Kish's effective size ``(sum w)^2 / sum w^2`` of the cell's base.
    df
        ``(L, R, C)`` design degrees of freedom.
    flags
        ``(L, R, C)`` why a cell is missing or special: a key of :data:`FLAGS`.
    facts
        Further arrays ``(L, R, C)``, as letters of column comparisons.
    joint
        For each layer the weighted counts with their covariance: what tests are arithmetic on. Empty where the table
        has none.
    weight, level, interval
        Name of the weight, confidence level, method of the intervals.
    base, definition, source
        Who is counted, how the measure is defined and where it comes from, in words.
    notes
        What a reader must know.
    synthetic
        Whether it rests on invented data.
    """

    statistic: str
    unit: str
    layers: tuple[Heading, ...]
    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    n: npt.NDArray[np.int64]
    weighted_n: FloatArray
    base_n: npt.NDArray[np.int64]
    base_weighted_n: FloatArray
    effective_n: FloatArray
    df: FloatArray
    flags: npt.NDArray[np.str_]
    facts: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    joint: tuple[JointCounts, ...] = ()
    weight: str = ""
    level: float = 0.95
    interval: str = "t"
    base: str = ""
    definition: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        for name, array in self.arrays().items():
            if array.shape != self.shape:
                raise EstimationError(
                    f"'{name}' of a table has shape {array.shape}.",
                    remedy=f"Layers, rows and columns make it {self.shape}.",
                )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of layers, rows and columns ``(L, R, C)``."""
        return len(self.layers), len(self.rows), len(self.columns)

    @property
    def layered(self) -> bool:
        """Whether the table has a layer variable."""
        return len(self.layers) > 1 or bool(self.layers[0].variable)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Arrays ``(L, R, C)`` of the cells by name, facts included."""
        return {name: getattr(self, name) for name in CELL_ARRAYS} | dict(self.facts)

    def layer(self, label: object) -> Table:
        """Return one layer as a table of its own.

        Parameters
        ----------
        label
            Its level or label.
        """
        place = find_heading(self.layers, label, "layer")
        one = slice(place, place + 1)
        changed: dict[str, Any] = {name: array[one] for name, array in self.arrays().items() if name not in self.facts}
        changed["facts"] = {name: array[one] for name, array in self.facts.items()}
        return replace(self, layers=self.layers[one], joint=self.joint[one], **changed)

    def cell(self, row: object, column: object = None, *, layer: object = None) -> Mapping[str, Any]:
        """Return the facts of one cell by the levels or labels of its headings.

        Parameters
        ----------
        row, column, layer
            Level or label, ``"Total"`` for a margin; `column` and `layer` may be left out where there is one.

        Examples
        --------
        >>> import pandas as pd
        >>> import surveykit as sk
        >>> firms = pd.DataFrame({"size": ["s", "l", "s", "s"], "w": [10.0, 10.0, 10.0, 20.0]})
        >>> sk.crosstab(sk.Survey(firms, weights="w"), "size", percent="total").cell("s")["estimate"]
        0.8
        """
        place = (
            find_heading(self.layers, layer, "layer"),
            find_heading(self.rows, row, "row"),
            find_heading(self.columns, column, "column"),
        )
        return {name: array[place].item() for name, array in self.arrays().items()}

    def test(self, statistic: TestStatistic = "F", *, empty: Literal["fail", "drop"] = "fail") -> TestResult:
        """Test that rows and columns are independent, from the counts and covariance that the table keeps.

        Parameters
        ----------
        statistic
            ``"F"`` (Rao and Scott's second-order correction, the default), ``"Chisq"`` (first order),
            ``"Satterthwaite"`` (second order, chi-square), ``"Wald"``, ``"adjWald"``, ``"lincom"`` (exact linear
            combination), ``"saddlepoint"``. Design degrees of freedom are those of the domain, rows without an answer
            included.
        empty
            ``"fail"`` refuses a level that no row has; ``"drop"`` tests the levels that occur.

        Raises
        ------
        EstimationError
            If the table has no sampling variance, several layers, one variable, or an empty level.

        References
        ----------
        Rao and Scott (1984), *Annals of Statistics* 12, 46-60; Thomas and Rao (1987), *JASA* 82, 630-636; Koch, Freeman
        and Freeman (1975), *International Statistical Review* 43, 59-78; Kuonen (1999), *Biometrika* 86, 929-935.

        Examples
        --------
        >>> import pandas as pd
        >>> import surveykit as sk
        >>> firms = pd.DataFrame({"size": list("slslssll"), "exporter": list("ynynnyny")})
        >>> round(sk.crosstab(sk.Survey(firms), "size ~ exporter").test("Chisq").p_value, 4)
        0.1859
        """
        if len(self.joint) != 1:
            remedy = (
                f"Test one layer, as table.layer({self.layers[0].level!r}).test()."
                if len(self.joint) > 1
                else "Test the tables that it was made of."
            )
            raise EstimationError(
                f"This table has {len(self.joint)} two-way tables in it, and a test needs one.", remedy=remedy
            )
        inner = [[heading for heading in side if heading.kind == "level"] for side in (self.rows, self.columns)]
        if not all(inner):
            raise EstimationError(
                f"A table of '{self.rows[0].variable}' alone has no independence to test.",
                remedy="Test it against probabilities with goodness_of_fit(survey, variable, probabilities).",
            )
        joint = self.joint[0]
        levels = ([heading.level for heading in inner[0]], [heading.level for heading in inner[1]])
        judged, observed, expected, eigenvalues = independence(joint, statistic, levels=levels, empty=empty)
        facts = {"observed": observed, "expected": expected}
        notes = tuple(note for note in self.notes if not note.startswith(_LETTERS))
        if observed.size and expected.min() < 5:
            notes = (*notes, f"The smallest expected count is {expected.min():.1f}: the approximation may be poor.")
        return TestResult(
            hypothesis=f"'{self.rows[0].variable}' and '{self.columns[0].variable}' are independent{self._where()}",
            method=judged.method,
            statistic_name=judged.name,
            statistic=judged.statistic,
            df=judged.df,
            ddf=judged.ddf,
            p_value=judged.p_value,
            n=joint.n,
            weighted_n=float(joint.counts.sum()),
            weight=self.weight,
            facts=facts | ({"eigenvalues": eigenvalues} if len(eigenvalues) else {}),
            notes=notes,
            synthetic=self.synthetic,
        )

    def letters(self, adjust: Adjustment = "holm", *, levels: tuple[float, float] = (0.05, 0.10)) -> Table:
        """Mark cells that exceed others of their row, with the covariance of the design: a fact ``letters``.

        Parameters
        ----------
        adjust
            For the number of pairs of columns in a row: ``"holm"``, ``"bonferroni"``, ``"bh"`` (false discoveries) or
            ``"none"``.
        levels
            Below the first a letter is a capital, below the second it is small. The letter stands in the higher cell
            and names the lower column, the first being A.

        Raises
        ------
        EstimationError
            If the cells are not shares of columns.
        """
        if self.statistic != "share of column" or len(self.joint) != len(self.layers):
            raise EstimationError(
                "Letters compare shares of columns, which this table does not hold.",
                remedy='Make it with crosstab(survey, "row ~ column", percent="column").',
            )
        found = np.full(self.shape, "", dtype=object)
        rows, columns = (sum(one.kind == "level" for one in side) for side in (self.rows, self.columns))
        for layer, joint in enumerate(self.joint):
            df = self.df[layer, 0, :columns]
            found[layer, :rows, :columns] = column_letters(joint, df, adjust=adjust, levels=levels)
        note = (
            f"{_LETTERS} (capital p < {min(levels):g}, small p < {max(levels):g}; "
            f"adjustment for the pairs of a row: {adjust}; first column A)."
        )
        return replace(self, facts=dict(self.facts) | {"letters": found.astype(np.str_)}, notes=(*self.notes, note))

    def annotate(
        self,
        *,
        base: str | None = None,
        definition: str | None = None,
        source: str | None = None,
        questions: Mapping[str, str] | None = None,
        labels: Mapping[object, str] | None = None,
    ) -> Table:
        """Return the table with words: who is counted, how it is defined, where it comes from, what was asked.

        Parameters
        ----------
        base, definition, source
            As in the class; None leaves what is there.
        questions
            Variable to the wording of its question.
        labels
            Level to what is printed for it.
        """

        def worded(side: tuple[Heading, ...]) -> tuple[Heading, ...]:
            return tuple(
                replace(
                    one,
                    question=(questions or {}).get(one.variable, one.question),
                    label=(labels or {}).get(one.level, one.label) if one.kind == "level" else one.label,
                )
                for one in side
            )

        return replace(
            self,
            layers=worded(self.layers),
            rows=worded(self.rows),
            columns=worded(self.columns),
            base=self.base if base is None else base,
            definition=self.definition if definition is None else definition,
            source=self.source if source is None else source,
        )

    def _where(self) -> str:
        return f" where '{self.layers[0].variable}' is '{self.layers[0].text}'" if self.layered else ""

    def to_frame(self) -> pd.DataFrame:
        """Return a long frame, one row a cell: headings, ``estimate, se, low, high, df, n, weighted_n`` and more."""
        layers, rows, columns = np.indices(self.shape).reshape(3, -1)
        frame: dict[str, object] = {}
        if self.layered:
            frame |= heading_columns(self.layers, layers, "layer")
        frame |= heading_columns(self.rows, rows, "row") | heading_columns(self.columns, columns, "column")
        order = (
            "estimate",
            "se",
            "low",
            "high",
            "df",
            "n",
            "weighted_n",
            "base_n",
            "base_weighted_n",
            "effective_n",
            "flags",
        )
        arrays = self.arrays()
        named = {"flags": "flag"}
        frame |= {named.get(name, name): arrays[name].reshape(-1) for name in (*order, *self.facts)}
        return pd.DataFrame(frame)

    def wide(self, what: str = "estimate") -> pd.DataFrame:
        """Return one fact as a frame of rows by columns; layers become a level of the index.

        Parameters
        ----------
        what
            ``"estimate"``, ``"se"``, ``"n"`` or another fact of the cells.
        """
        arrays = self.arrays()
        if what not in arrays:
            raise EstimationError(f"A table has no fact '{what}' of its cells.", remedy=did_you_mean(what, arrays))
        labels = [heading.text for heading in self.rows]
        index = pd.Index(labels, name=self.rows[0].variable or None)
        if self.layered:
            pairs = [(layer.text, label) for layer in self.layers for label in labels]
            index = pd.MultiIndex.from_tuples(pairs, names=[self.layers[0].variable, self.rows[0].variable])
        columns = pd.Index(heading_texts(self.columns), name=self.columns[0].variable or None)
        return pd.DataFrame(arrays[what].reshape(-1, len(self.columns)), index=index, columns=columns)

    def _title(self) -> str:
        what = " by ".join(side[0].variable for side in (self.rows, self.columns) if side[0].variable)
        layers = f", layered by {self.layers[0].variable}" if self.layered else ""
        title = f"{self.statistic.capitalize()}: {what}{layers}{weighted_by(self.weight)}"
        return f"SYNTHETIC DATA; {title}" if self.synthetic else title

    def _blocks(self) -> list[Block]:
        blocks = []
        for layer, heading in enumerate(self.layers):
            names = [f"{heading.variable}: {heading.text}"] if self.layered else []
            if self._one_base(layer):
                names.append(f"n = {self.base_n[layer, 0, 0]}")
            blocks.append((", ".join(names), self._grid(layer)))
        return blocks

    def _one_base(self, layer: int) -> bool:
        """Whether all cells of a layer share one base, which then stands above them."""
        return len(self.columns) > 1 and bool((self.base_n[layer] == self.base_n[layer, 0, 0]).all())

    def _grid(self, layer: int) -> list[list[str]]:
        """Cells of a layer as text, and the bases n beside rows or under columns that have one each."""
        se = np.where(self.flags[layer] == "fixed", np.nan, self.se[layer])
        marks = self.facts.get("letters", np.full(self.shape, ""))[layer].tolist()
        named = [f" ({name})" if "letters" in self.facts and name else "" for name in heading_letters(self.columns)]
        lines = [["", *(text + name for text, name in zip(heading_texts(self.columns), named, strict=True))]]
        for row, heading in enumerate(self.rows):
            cells = zip(self.estimate[layer, row].tolist(), se[row].tolist(), marks[row], strict=True)
            unit = "" if self.unit == "share" and heading.kind in ("mean", "median") else self.unit
            texts = (f"{cell_text(estimate, error, unit)} {mark}".strip() for estimate, error, mark in cells)
            lines.append([heading.text, *texts])
        base = self.base_n[layer]
        if self._one_base(layer):
            return lines
        if (base == base[:1]).all():
            lines.append(["n", *map(str, base[0].tolist())])
        elif (base == base[:, :1]).all():
            lines[0].append("n")
            for line, size in zip(lines[1:], base[:, 0].tolist(), strict=True):
                line.append(str(size))
        return lines

    def _footer(self) -> list[str]:
        scale = ", in percentage points" if self.unit == "share" else ""
        lines = [f"Base: {self.base}"] if self.base else []
        lines.append(f"Standard errors in parentheses{scale}; n is unweighted.")
        empty = int(np.isin(self.flags, ("empty cell", "empty base")).sum())
        if empty:
            lines.append(f"{empty} cell(s) without a row of the data: the column 'flag' of to_frame() says why.")
        lines.extend(f"Note: {note}" for note in self.notes)
        return [*lines, f"Source: {self.source}"] if self.source else lines

    def __repr__(self) -> str:
        return text_table(self._title(), self._blocks(), self._footer())

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._blocks(), self._footer())
