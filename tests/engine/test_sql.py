"""The text of the queries: quoted, in doubles, grouped once."""

from __future__ import annotations

from surveykit.engine.sql import Dialect, RowTerms, as_number, grouped, quote_identifier
from surveykit.expressions import SqlColumn


def test_identifiers_are_quoted() -> None:
    assert quote_identifier('a"; DROP TABLE t; --') == '"a""; DROP TABLE t; --"'


def test_truth_counts_one() -> None:
    assert as_number(SqlColumn("b", "truth")) == "CAST(CAST(b AS INTEGER) AS DOUBLE)"
    assert as_number(SqlColumn("x")) == "x"


def test_labels_are_quoted() -> None:
    assert Dialect().label_code("c0", ["a'b"]) == "CAST(enum_code(TRY_CAST(c0 AS ENUM('a''b'))) AS INTEGER)"
    assert Dialect().label_code("c0", []) == "CAST(NULL AS INTEGER)"


def test_grouped_sums() -> None:
    rows = RowTerms("t", ("h", "g"), "w0", (None, "y"), ("y", "g"), "z > 5e-1")
    assert grouped(rows, Dialect()) == (
        "SELECT g0, g1, COUNT(*) AS n_all, COUNT(w) AS n_known, COUNT(NULLIF(w, 0e0)) AS n_used, SUM(w) AS s0, "
        "SUM(w * t1) AS s1 FROM (SELECT h AS g0, g AS g1, CASE WHEN (y) IS NOT NULL "
        "AND (g) IS NOT NULL THEN w0 END AS w, y AS t1 FROM t "
        "WHERE z > 5e-1) GROUP BY g0, g1"
    )


def test_moments_are_measured_from_a_shift() -> None:
    rows = RowTerms("t", (), "w0", (None, "y"), (), shift=(0.0, 7.5))
    assert grouped(rows, Dialect(deterministic=True), second=True) == (
        "SELECT COUNT(*) AS n_all, COUNT(w) AS n_known, COUNT(NULLIF(w, 0e0)) AS n_used, FSUM(w) AS s0, "
        "FSUM(w * t1) AS s1, FSUM(w * w) AS q0, FSUM(w * w * t1) AS q1, FSUM(w * w * t1 * t1) AS q2 "
        "FROM (SELECT w0 AS w, y - 75e-1 AS t1 FROM t)"
    )
