"""One check per kind of verified fact: what the reader must have found in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pandas as pd

from surveykit.responses import Export, indicators, read_export
from tests.reference import REFERENCE
from tests.responses.expected_choices import (
    as_question,
    check_grid,
    check_matrix,
    check_multi,
    check_spread,
    column_named,
    tally,
    ticks,
)

__all__ = ["CHECKS", "Check"]

Check = Callable[[Export, Any], None]


def rows_equal(export: Export, value: int) -> None:
    assert len(export.frame) == value


def check_frequencies(export: Export, tables: dict[str, dict[str, int]]) -> None:
    for header, counts in tables.items():
        assert tally(column_named(export, header)) == counts, header


def check_decoded(export: Export, cells: dict[str, Any]) -> None:
    if "row0" in cells:
        cells = cells["row0"]
    for name, value in cells.items():
        if name == "row1 why":
            assert export.frame.iloc[1]["children/cartoons/why"] == value
        elif name.startswith("col"):
            assert export.frame.iloc[0, int(name.removeprefix("col"))] == value
        else:
            assert export.frame.iloc[0][name] == value


def check_code_groups(export: Export, groups: dict[str, int]) -> None:
    found = {
        row.id: len(row.columns) + len(row.other)
        for row in export.questions.itertuples()
        if "[" in row.columns[0].partition(". ")[0]
    }
    assert found == groups


def check_import_ids(export: Export, ends: list[str]) -> None:
    ids = [value for value in export.columns["import_id"] if "QID" in value]
    assert [ids[0], ids[-1]] == ends


def check_qids(export: Export, count: int) -> None:
    assert len(set(export.columns["import_id"].str.extract(r"(QID\d+)")[0].dropna())) == count


def check_syntax(export: Export, said: str) -> None:
    assert any("single quotes" in note for note in export.notes) == ("single quotes" in said)


def check_question_ids(export: Export, ids: dict[str, str]) -> None:
    found = dict(zip(export.columns["name"], export.columns["import_id"], strict=True))
    assert {name: found[name] for name in ids} == ids


def check_labels_of(export: Export, labels: dict[str, str]) -> None:
    found = dict(zip(export.columns["name"], export.columns["label"], strict=True))
    assert {name: found[name] for name in labels} == labels


def check_without_preview(export: Export, tables: dict[str, dict[str, int]]) -> None:
    assert REFERENCE is not None
    check_frequencies(read_export(REFERENCE / "exports" / export.path), tables)


def check_status(export: Export, counts: dict[str, int]) -> None:
    assert dict(export.status_counts) == counts


def check_excluding(export: Export, count: int) -> None:
    assert REFERENCE is not None
    alone = read_export(REFERENCE / "exports" / export.path)
    assert len(alone.frame) == count
    assert len(alone.left_out) == len(export.frame) - count


def check_preview_ids(export: Export, ids: list[str]) -> None:
    assert REFERENCE is not None
    left = read_export(REFERENCE / "exports" / export.path).left_out
    assert sorted(left["ResponseId"]) == sorted(ids)


def check_incomplete(export: Export, cells: dict[str, str]) -> None:
    row = export.frame[export.frame["ResponseId"] == cells["ResponseId"]].iloc[0]
    assert {name: row[name] for name in cells} == cells


def check_numeric(export: Export, fact: dict[str, dict[str, float]]) -> None:
    for name, known in fact.items():
        numbers = pd.to_numeric(export.frame[name])
        assert {"n": int(numbers.notna().sum()), "sum": int(numbers.sum())} == known


def check_na(export: Export, said: str) -> None:
    code, _, rest = said.partition(" (")
    count, question = int(rest.split(" ")[0]), rest.split(" in ")[1].rstrip(")")
    assert code in export.missing_codes
    columns = export.question(question).columns
    assert int((export.frame[list(columns)] == code).all(axis=1).sum()) == count


def check_not_answered(export: Export, fact: dict[str, int]) -> None:
    for key, count in fact.items():
        if " in col " in key:
            code, _, span = key.partition(" in col ")
            first, last = span.split("-")
            assert int((export.frame.iloc[:, int(first) : int(last) + 1] == code).all(axis=1).sum()) == count
        else:
            assert int(indicators(export, key).isna().all(axis=1).sum()) == count


def check_not_answered_rows(export: Export, fact: dict[str, list[int]]) -> None:
    for rows in fact.values():
        multi = next(as_question(row) for row in export.questions.itertuples() if row.type == "multi")
        empty = indicators(export, multi.id).isna().all(axis=1)
        assert list(empty[empty].index) == rows


def check_other_counts(export: Export, fact: dict[str, int]) -> None:
    others = {name for names in export.questions["other"] for name in names}
    for key, count in fact.items():
        name = export.frame.columns[int(key.removeprefix("col "))]
        assert name in others
        assert int(export.frame[name].notna().sum()) == count


def check_other_text(export: Export, fact: dict[str, list[str]]) -> None:
    for name, cells in fact.items():
        assert list(export.frame[name].fillna("")) == cells


def check_arrays(export: Export, fact: dict[str, dict[str, int]]) -> None:
    for key, counts in fact.items():
        assert tally(export.frame.iloc[:, int(key.removeprefix("col "))]) == counts


def check_sheets(export: Export, rows: dict[str, int]) -> None:
    names = list(rows)
    assert len(export.frame) == rows[names[0]]
    assert {name: len(roster.frame) for name, roster in export.rosters.items()} == {
        name: rows[name] for name in names[1:]
    }


def check_repeat_link(export: Export, said: str) -> None:
    for roster in export.rosters.values():
        assert f"{roster.name}.{roster.key} -> main.{roster.parent_key}" in said
        assert set(roster.frame[roster.key]) <= set(export.frame[roster.parent_key])
        assert (
            dict(zip(export.frame["_index"], export.frame["_id"], strict=True)).items()
            >= dict(zip(roster.frame["_parent_index"], roster.frame["_submission__id"], strict=True)).items()
        )


def check_members(export: Export, counts: dict[str, int]) -> None:
    assert tally(export.rosters["members"].frame["_parent_index"]) == counts


def check_children(export: Export, counts: dict[str, int]) -> None:
    roster = export.rosters["children"]
    found = Counter(roster.frame[roster.key])
    assert {index: found.get(index, 0) for index in export.frame[roster.parent_key]} == counts


def check_repeat_columns(export: Export, fact: dict[str, list[str]]) -> None:
    for name, columns in fact.items():
        held = [
            column
            for row in export.questions.itertuples()
            if row.type == "loop" and row.id.startswith(f"{name}/")
            for column in row.columns
        ]
        assert sorted(held) == sorted(columns)
        assert len(export.rosters[name].frame) == len({column.split("]")[0] for column in columns})


def check_parent_of(export: Export, fact: dict[str, str]) -> None:
    assert dict(zip(export.frame["children/name"], export.frame["_parent_index"], strict=True)) == fact


def check_parents(export: Export, fact: dict[str, int]) -> None:
    found = Counter(export.frame["_parent_table_name"] + " " + export.frame["_parent_index"])
    assert dict(found) == fact


def check_mr_sets(export: Export, sets: dict[str, Any]) -> None:
    for name, fact in sets.items():
        known = export.multiple_response[name]
        assert {key: known[key] for key in ("type", "label", "columns")} == {
            key: fact[key] for key in ("type", "label", "columns")
        }
        question = export.question(name)
        assert question.type == "multi"
        if "counted_value" in fact:
            assert known["counted_value"] == fact["counted_value"]
            assert ticks(export, question) == fact["chosen"]


def check_user_missing(export: Export, fact: dict[str, Any]) -> None:
    assert {
        name: [{"lo": each.lo, "hi": each.hi} for each in ranges] for name, ranges in export.missing_values.items()
    } == fact


def check_value_labels(export: Export, fact: dict[str, dict[str, str]]) -> None:
    assert {name: dict(export.value_labels[name]) for name in fact} == fact


def check_extended(export: Export, fact: dict[str, list[str]]) -> None:
    assert {name: sorted(export.tagged_missing[name].dropna()) for name in export.tagged_missing} == fact
    assert all(export.frame[name].isna().sum() == len(letters) for name, letters in fact.items())


def check_label_sets(export: Export, fact: dict[str, str]) -> None:
    assert fact in [dict(labels) for labels in export.value_labels.values()]


def check_encoding(export: Export, said: str) -> None:
    assert export.encoding == said


def check_metadata(export: Export, names: list[str]) -> None:
    assert sorted(export.metadata) == sorted(names)


def check_metadata_labels(export: Export, labels: list[str]) -> None:
    found = dict(zip(export.columns["name"], export.columns["label"], strict=True))
    assert [found[name] for name in export.metadata] == labels


def check_duplicates(export: Export, names: list[str]) -> None:
    counts = Counter(header for header in export.columns["header"] if header)
    assert [name for name, count in counts.items() if count > 1] == names
    assert export.frame.columns.is_unique


def _equal(field: str) -> Check:
    def check(export: Export, value: Any) -> None:
        assert getattr(export, field) == value

    return check


def check_columns(export: Export, count: int) -> None:
    assert export.frame.shape[1] == count


def check_record_id(export: Export, name: str) -> None:
    assert export.frame.columns[0] == name


def check_distinct(export: Export, count: int) -> None:
    assert export.frame.iloc[:, 0].nunique() == count


def check_events(export: Export, counts: dict[str, int]) -> None:
    assert tally(export.frame["redcap_event_name"]) == counts


def check_submitted(export: Export, count: int) -> None:
    assert int(export.frame["Date submitted"].notna().sum()) == count


def check_not_submitted(export: Export, count: int) -> None:
    assert int(export.frame["Date submitted"].isna().sum()) == count
    assert any(note.startswith(f"{count} of {len(export.frame)} rows have no submission date") for note in export.notes)


def check_unfinished(export: Export, count: int) -> None:
    assert int((export.frame["Finished"] == "False").sum()) == count


def check_embedded(export: Export, names: list[str]) -> None:
    assert list(export.columns[export.columns["role"] == "embedded"]["name"]) == names


def check_sheet(export: Export, name: str) -> None:
    assert export.layout == "sheet"
    assert name


def check_first_stamp(export: Export, value: str) -> None:
    assert export.frame.iloc[0, 0] == value


def check_missing_code(export: Export, code: str) -> None:
    assert export.missing_codes == (code,)


def check_variable_labels(export: Export, labels: dict[str, str]) -> None:
    check_labels_of(export, labels)


def check_first_names(export: Export, names: list[str]) -> None:
    assert list(export.frame.columns[: len(names)]) == names


def check_labelled_count(export: Export, count: int) -> None:
    assert len(export.value_labels) == count


def check_set_count(export: Export, count: int) -> None:
    assert len(export.multiple_response) == count


CHECKS: dict[str, Check] = {
    "header_rows": _equal("header_rows"),
    "delimiter": _equal("delimiter"),
    "preview_rows": _equal("preview_rows"),
    "test_rows": _equal("test_rows"),
    "timezone": _equal("time_zone"),
    "data_rows": rows_equal,
    "rows": rows_equal,
    "respondents": rows_equal,
    "responses": rows_equal,
    "columns": check_columns,
    "variables": check_columns,
    "status_counts": check_status,
    "status": check_status,
    "respondents_excluding_preview_and_test": check_excluding,
    "duplicate_column_names": check_duplicates,
    "metadata_columns": check_metadata,
    "metadata_column_labels": check_metadata_labels,
    "import_ids_first_and_last_question": check_import_ids,
    "distinct_QIDs": check_qids,
    "import_id_syntax": check_syntax,
    "multi_select": check_multi,
    "single_choice": check_frequencies,
    "frequencies": check_frequencies,
    "frequencies_without_preview": check_without_preview,
    "numeric": check_numeric,
    "decoded_cell": check_decoded,
    "decoded_row0": check_decoded,
    "embedded_data_columns": check_embedded,
    "question_ids": check_question_ids,
    "label_of": check_labels_of,
    "finished_false_rows": check_unfinished,
    "incomplete_row": check_incomplete,
    "preview_response_ids": check_preview_ids,
    "matrix_groups": check_matrix,
    "single_choice_spread_over_columns": check_spread,
    "submitted": check_submitted,
    "not_submitted": check_not_submitted,
    "not_shown_or_unanswered_code": check_na,
    "not_answered": check_not_answered,
    "not_answered_rows": check_not_answered_rows,
    "other_text_count": check_other_counts,
    "other_text": check_other_text,
    "array_frequencies": check_arrays,
    "code_groups": check_code_groups,
    "grid_question": check_grid,
    "sheet": check_sheet,
    "sheets": check_sheets,
    "first_timestamp": check_first_stamp,
    "repeat_columns": check_repeat_columns,
    "repeat_link": check_repeat_link,
    "members_per_parent": check_members,
    "children_per_parent": check_children,
    "parent_of": check_parent_of,
    "parents": check_parents,
    "missing_code": check_missing_code,
    "record_id_field": check_record_id,
    "distinct_records": check_distinct,
    "events": check_events,
    "file_encoding": check_encoding,
    "mr_sets_count": check_set_count,
    "mr_sets": check_mr_sets,
    "user_missing": check_user_missing,
    "value_labelled_variables": check_labelled_count,
    "value_labels": check_value_labels,
    "variable_labels": check_variable_labels,
    "variable_names_first": check_first_names,
    "stata_extended_missing": check_extended,
    "label_sets": check_label_sets,
}
