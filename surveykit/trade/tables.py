"""The inter-country input-output table: who sells what to whom, across industries and borders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from surveykit.classifications.countries import find_country
from surveykit.errors import TradeError, did_you_mean, listing
from surveykit.trade.activities import Activity, find_activity
from surveykit.trade.validation import Finding, Validation, account_findings, cell_findings, make_validation

__all__ = ["InterCountryTable", "add_taxes_to_value_added", "make_table", "region_index", "require_sound"]

_Matrix = NDArray[np.float64]
_Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False, repr=False)
class InterCountryTable:
    """An industry-by-industry table of all countries, with `K` rows (a country's industry each) and `D` final demands.

    Rows of one region stand together. A country that the table splits (China into ``CN1`` and ``CN2``) has several rows
    for one industry; trade between its parts is not foreign trade.

    Parameters
    ----------
    regions
        Codes of the countries and country groups `(G,)`.
    industries
        Codes of the industries, in the order of the table.
    labels
        Labels of the rows, as in the file `(K,)`.
    region_of, industry_of
        Position of each row's region in ``regions`` and of its industry in ``industries`` `(K,)`.
    intermediate
        Sales of each row to each industry `(K, K)`.
    final_demand
        Sales of each row to each final demand `(K, D)`, inventories included.
    demand_region_of, demand_categories
        Region and category (household consumption, investment, ...) of each final demand `(D,)`.
    value_added
        Value added at basic prices of each industry `(K,)`.
    taxes
        Taxes less subsidies on products, and adjustments such as international transport margins where a table has
        them, paid by each industry `(K,)`; kept apart from value added.
    output
        Gross output of each industry `(K,)`.
    year, unit, source, edition
        Year of the data, unit of all values (``USD_MN``), name of the source and its edition.
    scheme
        Industry classification (``"icio2023"``, ``"wiod13"`` ...) by which sections such as ``"J"`` are found, or
        ``None``: then labels are read by their structure.
    members
        For an aggregated table: industry -> codes of the scheme it was made of; empty when they are the codes.
    tolerance
        Accepted imbalance of the accounts as a share of output; verbs refuse a table beyond it.
    reading
        Findings made while reading (duplicate labels, absent rows).
    """

    regions: tuple[str, ...]
    industries: tuple[str, ...]
    labels: tuple[str, ...]
    region_of: _Index
    industry_of: _Index
    intermediate: _Matrix
    final_demand: _Matrix
    demand_region_of: _Index
    demand_categories: tuple[str, ...]
    value_added: _Matrix
    taxes: _Matrix
    output: _Matrix
    year: int | None = None
    unit: str = "USD_MN"
    source: str = ""
    edition: str = ""
    scheme: str | None = None
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tolerance: float = 1e-5
    reading: tuple[Finding, ...] = field(default=())

    def __repr__(self) -> str:
        size = f"{len(self.regions)} regions x {len(self.industries)} industries, {len(self.labels)} rows"
        return f"InterCountryTable({self.source or 'no source'}, {self.year or 'no year'}, {size}, {self.unit})"

    def block(self, region: str) -> slice:
        """Rows (and columns) of a region."""
        rows = np.flatnonzero(self.region_of == region_index(self, region))
        return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)

    def demand_by_region(self) -> _Matrix:
        """Final demand of each region for each row, all categories together `(K, G)`."""
        summed = np.zeros((len(self.labels), len(self.regions)))
        for position in range(len(self.regions)):
            summed[:, position] = self.final_demand[:, self.demand_region_of == position].sum(axis=1)
        return summed

    def activity(self, asked: str | Iterable[str] | None) -> Activity:
        """Industries that an activity means in this table; see :func:`surveykit.trade.activities.find_activity`."""
        return find_activity(self.industries, asked, scheme=self.scheme, members=self.members)

    def validate(self, tolerance: float | None = None) -> Validation:
        """Report everything that is wrong with the table.

        Parameters
        ----------
        tolerance
            Accepted imbalance as a share of output; the table's own when not given.

        Returns
        -------
        Validation
            ``.ok`` is false when a finding would give wrong numbers; ``.to_frame()`` lists them all.
        """
        accepted = self.tolerance if tolerance is None else tolerance
        uses = [*self.labels, *(f"{self.regions[r]}_{c}" for r, c in self._demands())]
        found = [*self.reading]
        named = {finding.label for finding in found if finding.severity == "error"}
        cells = np.isfinite(self.intermediate).all(axis=1) & np.isfinite(self.final_demand).all(axis=1)
        for row in np.flatnonzero(~cells).tolist():
            if self.labels[row] not in named:
                values = np.concatenate([self.intermediate[row], self.final_demand[row]])[None, :]
                found += cell_findings([self.labels[row]], values, uses)
        for name, values in (("VA", self.value_added), ("TLS", self.taxes), ("OUT", self.output)):
            if name not in named:
                found += cell_findings([name], values[None, :], self.labels)
        found += account_findings(
            self.labels,
            row_totals=self.intermediate.sum(axis=1) + self.final_demand.sum(axis=1),
            column_totals=self.intermediate.sum(axis=0) + self.taxes + self.value_added,
            value_added=self.value_added,
            output=self.output,
            tolerance=accepted,
        )
        return make_validation(found, accepted)

    def _demands(self) -> list[tuple[int, str]]:
        return list(zip(self.demand_region_of.tolist(), self.demand_categories, strict=True))

    def aggregate(
        self,
        regions: Mapping[str, str | Iterable[str]] | None = None,
        industries: Mapping[str, str | Iterable[str]] | None = None,
    ) -> InterCountryTable:
        """Add regions and industries together.

        Trade inside a new region is domestic and no longer counts as exports. Every value is summed before any
        coefficient is taken, so results on the new table differ from summed results on the old one.

        Parameters
        ----------
        regions, industries
            New name -> the codes it is made of (a section such as ``"J"`` will do for industries that can be told
            apart). Codes that are not named stay as they are.

        Raises
        ------
        TradeError
            A code is unknown or in two groups, or a new name is that of a code which stays.
        """
        to_region = _grouping(self.regions, regions or {}, "region")
        wanted = {name: self.activity(codes).industries for name, codes in (industries or {}).items()}
        to_industry = _grouping(self.industries, wanted, "industry")
        new_regions = tuple(dict.fromkeys(to_region[name] for name in self.regions))
        new_industries = tuple(dict.fromkeys(to_industry[name] for name in self.industries))
        region_at = np.array([new_regions.index(to_region[name]) for name in self.regions], dtype=np.intp)
        industry_at = np.array([new_industries.index(to_industry[name]) for name in self.industries], dtype=np.intp)
        row_key = region_at[self.region_of] * len(new_industries) + industry_at[self.industry_of]
        keys, row_to = np.unique(row_key, return_inverse=True)
        demand_keys = list(dict.fromkeys((int(region_at[r]), c) for r, c in self._demands()))
        demand_to = np.array([demand_keys.index((int(region_at[r]), c)) for r, c in self._demands()], dtype=np.intp)
        label_of = [
            (new_regions[key // len(new_industries)], new_industries[key % len(new_industries)]) for key in keys
        ]
        return replace(
            self,
            regions=new_regions,
            industries=new_industries,
            labels=tuple(f"{region}_{industry}" for region, industry in label_of),
            region_of=(keys // len(new_industries)).astype(np.intp),
            industry_of=(keys % len(new_industries)).astype(np.intp),
            intermediate=_sum_to(_sum_to(self.intermediate, row_to, len(keys)).T, row_to, len(keys)).T,
            final_demand=_sum_to(_sum_to(self.final_demand, row_to, len(keys)).T, demand_to, len(demand_keys)).T,
            demand_region_of=np.array([region for region, _ in demand_keys], dtype=np.intp),
            demand_categories=tuple(category for _, category in demand_keys),
            value_added=_sum_to(self.value_added, row_to, len(keys)),
            taxes=_sum_to(self.taxes, row_to, len(keys)),
            output=_sum_to(self.output, row_to, len(keys)),
            members={
                name: tuple(
                    part
                    for code in self.industries
                    if to_industry[code] == name
                    for part in self.members.get(code, (code,))
                )
                for name in new_industries
            },
        )


def _sum_to(values: _Matrix, group: _Index, size: int) -> _Matrix:
    """Add the rows of each group: `(n, ...)` to `(size, ...)`."""
    members = scipy.sparse.csr_array((np.ones(len(group)), (group, np.arange(len(group)))), shape=(size, len(group)))
    return np.asarray(members @ values)


def _grouping(codes: Sequence[str], groups: Mapping[str, str | Iterable[str]], kind: str) -> dict[str, str]:
    target = {code: code for code in codes}
    taken: dict[str, str] = {}
    problems = []
    for name, wanted in groups.items():
        for code in [wanted] if isinstance(wanted, str) else wanted:
            if code not in target:
                problems.append(f"{kind} '{code}' of '{name}' is not in the table. {did_you_mean(code, codes)}")
            elif code in taken:
                problems.append(f"{kind} '{code}' is in '{taken[code]}' and in '{name}'.")
            else:
                taken[code] = target[code] = name
    staying = {code for code in codes if code not in taken}
    problems += [f"'{name}' is also a {kind} that stays." for name in groups if name in staying]
    if problems:
        raise TradeError(
            f"The {kind} groups do not fit: {' '.join(problems)}", remedy=f"Each {kind} goes to one group."
        )
    return target


def make_table(
    keys: Sequence[tuple[str, str]],
    *,
    labels: Sequence[str],
    intermediate: _Matrix,
    final_demand: _Matrix,
    demands: Sequence[tuple[str, str]],
    accounts: Mapping[str, _Matrix],
    **description: object,
) -> InterCountryTable:
    """Put a table together, with the rows of each region side by side.

    Parameters
    ----------
    keys
        (region, industry) of each row `(K,)`.
    labels
        Label of each row as the source writes it `(K,)`.
    intermediate, final_demand
        `(K, K)` and `(K, D)`.
    demands
        (region, category) of each final demand `(D,)`.
    accounts
        ``value_added``, ``taxes`` and ``output``, each `(K,)`.
    **description
        Further fields of :class:`InterCountryTable` (year, unit, source, ...).
    """
    regions = tuple(dict.fromkeys([*(region for region, _ in keys), *(region for region, _ in demands)]))
    industries = tuple(dict.fromkeys(code for _, code in keys))
    at_region = {name: position for position, name in enumerate(regions)}
    at_industry = {name: position for position, name in enumerate(industries)}
    region_of = np.array([at_region[region] for region, _ in keys], dtype=np.intp)
    industry_of = np.array([at_industry[code] for _, code in keys], dtype=np.intp)
    order = np.argsort(region_of, kind="stable")
    sorted_already = bool((order == np.arange(len(order))).all())
    return InterCountryTable(
        regions=regions,
        industries=industries,
        labels=tuple(labels[position] for position in order),
        region_of=region_of[order],
        industry_of=industry_of[order],
        intermediate=intermediate if sorted_already else intermediate[np.ix_(order, order)],
        final_demand=final_demand if sorted_already else final_demand[order],
        demand_region_of=np.array([at_region[region] for region, _ in demands], dtype=np.intp),
        demand_categories=tuple(category for _, category in demands),
        value_added=accounts["value_added"][order],
        taxes=accounts["taxes"][order],
        output=accounts["output"][order],
        **description,  # type: ignore[arg-type]
    )


def add_taxes_to_value_added(table: InterCountryTable) -> InterCountryTable:
    """Count taxes less subsidies on products (and margins) paid by an industry as part of its value added.

    Then value added in exports adds up to exports. Tables differ in what they publish: OECD keeps the taxes in a row of
    their own, others fold them into value added; compare only like with like.
    """
    return replace(table, value_added=table.value_added + table.taxes, taxes=np.zeros_like(table.taxes))


def region_index(table: InterCountryTable, region: str) -> int:
    """Position of a region, given by the table's code or by any name or code of the country.

    Raises
    ------
    TradeError
        The table has no such region, or only inside a larger one.
    """
    if region in table.regions:
        return table.regions.index(region)
    asked = find_country(region)
    if asked is not None:
        for position, code in enumerate(table.regions):
            found = find_country(code)
            if found is not None and found.iso3 == asked.iso3:
                return position
    parts = [label for label in table.labels if label.startswith(f"{region}_")]
    if parts:
        whole = table.regions[table.region_of[table.labels.index(parts[0])]]
        raise TradeError(f"'{region}' is a part of '{whole}'.", remedy=f"Ask for '{whole}'.")
    raise TradeError(
        f"Region '{region}' is not in the table.",
        where=table.source or None,
        remedy=did_you_mean(region, table.regions),
    )


def require_sound(table: InterCountryTable) -> None:
    """Refuse a table that would give wrong numbers.

    Raises
    ------
    TradeError
        Lists every finding of :meth:`InterCountryTable.validate` that is an error.
    """
    validation = table.validate()
    if validation.ok:
        return
    messages = validation.messages()
    shown = "\n".join(f"  {message}" for message in messages[:30])
    more = f"\n  and {len(messages) - 30} more" if len(messages) > 30 else ""
    raise TradeError(
        f"The table would give wrong numbers ({len(messages)} finding(s)):\n{shown}{more}\n",
        where=table.source or listing(table.regions, limit=3),
        remedy="Correct the file; read it with check=False and look at .validate(); or, where the source itself is "
        "rounded more coarsely, read it with a larger tolerance=.",
    )
