"""The YAML shape of toplines and banner tables: many questions at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from surveykit.study.schema_parts import Expression, Names, OutputSource, Scalar

__all__ = ["BannerSource"]

_Boxes = dict[Expression, Names]


class BannerSource(OutputSource):
    """What tables of many questions are made of."""

    topline: bool | list[Expression | _Boxes] | None = Field(
        None, description="Every question, or those named, one table each; {Name: [columns]} joins boxes."
    )
    banner: Annotated[list[Expression | _Boxes | Names], Field(min_length=1, max_length=60)] | None = Field(
        None,
        description="Variables whose categories stand side by side; 'a > b' nests b in a, {Name: [columns]} boxes.",
    )
    questions: Annotated[list[Expression | _Boxes], Field(min_length=1, max_length=2000)] | None = Field(
        None, description="banner: questions, one table each; all without it."
    )
    nets: dict[Expression, dict[Expression, list[Scalar]]] = Field(
        default_factory=dict, description="topline, banner: levels that each net joins, by question."
    )
    scores: dict[Expression, dict[Expression, float]] = Field(
        default_factory=dict, description="topline, banner: number of each level, for a mean, by question."
    )
    boxes: Literal["respondents", "both"] = Field(
        "respondents", description="banner: boxes as percent of respondents, or of responses too."
    )
    sort: bool = Field(False, description="topline, banner: answers by size; scales keep their order.")
    adjust: Literal["holm", "bonferroni", "bh", "none"] = Field(
        "holm", description="banner: adjustment of the letters for the pairs of a line and banner variable."
    )
    compare_total: bool = Field(False, description="banner: compare columns with the total too (letter T).")
    statistics: list[Literal["se", "cv", "n", "weighted_n", "effective_n"]] = Field(
        default_factory=list, description="What stands below each line, cell by cell."
    )
    rounding: Literal["each", "total"] = Field("each", description="'total' makes percentages add to 100.")
    maximum_cv: Annotated[float, Field(gt=0)] | None = Field(
        0.33, description="Standard error over estimate above which a cell is marked; none marks no cell."
    )
