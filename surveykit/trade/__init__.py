"""Value added and services trade: inter-country tables, what their exports contain, and who trades which services.

>>> from surveykit import trade
>>> trade.read_icio.__name__
'read_icio'

The room is loaded as a whole when :mod:`surveykit` is first asked for ``sk.trade``. To publish a name, import it
and list it in ``__all__``.
"""

from surveykit.trade.balance_of_payments import read_balance_of_payments, read_gdp
from surveykit.trade.batis import read_batis
from surveykit.trade.bilateral import mirror_gap, services_flows
from surveykit.trade.dds import read_dds
from surveykit.trade.decomposition.methods import decompose
from surveykit.trade.digital import definition_series, digital_balances, join_series
from surveykit.trade.growth_rates import Growth, growth, growth_formulas, printed, which_growth
from surveykit.trade.origin import origin_of_value_added
from surveykit.trade.printed_tables import PrintedCheck, check_mode_table, check_ranking_table, compare_printed
from surveykit.trade.published import read_tiva
from surveykit.trade.rankings import top_traders
from surveykit.trade.readers.adb import read_adb
from surveykit.trade.readers.figaro import read_figaro
from surveykit.trade.readers.icio import read_icio
from surveykit.trade.readers.mrio import from_pymrio, read_mrio
from surveykit.trade.readers.wiod import read_wiod
from surveykit.trade.rests import exports_plus_imports, in_unit, with_rest
from surveykit.trade.scenarios.price import price_scenario
from surveykit.trade.scenarios.quantity import withdrawal_scenario
from surveykit.trade.scenarios.result import ScenarioResult
from surveykit.trade.services import (
    balance,
    composition,
    gross_against_value_added,
    index_series,
    percent_of_gdp,
    sum_items,
    world_shares,
)
from surveykit.trade.shares_of_origin import origin_shares
from surveykit.trade.supply_modes import mode_shares, mode_totals, modes
from surveykit.trade.switch import DefinitionSwitch, definition_switch
from surveykit.trade.tables import InterCountryTable, add_taxes_to_value_added
from surveykit.trade.tismos import read_tismos
from surveykit.trade.tiva_download import fetch_tiva, tiva_query
from surveykit.trade.validation import Validation
from surveykit.trade.value_added import INDICATORS, indicators
from surveykit.trade.wto_services import read_wto_services

__all__ = [
    "INDICATORS",
    "DefinitionSwitch",
    "Growth",
    "InterCountryTable",
    "PrintedCheck",
    "ScenarioResult",
    "Validation",
    "add_taxes_to_value_added",
    "balance",
    "check_mode_table",
    "check_ranking_table",
    "compare_printed",
    "composition",
    "decompose",
    "definition_series",
    "definition_switch",
    "digital_balances",
    "exports_plus_imports",
    "fetch_tiva",
    "from_pymrio",
    "gross_against_value_added",
    "growth",
    "growth_formulas",
    "in_unit",
    "index_series",
    "indicators",
    "join_series",
    "mirror_gap",
    "mode_shares",
    "mode_totals",
    "modes",
    "origin_of_value_added",
    "origin_shares",
    "percent_of_gdp",
    "price_scenario",
    "printed",
    "read_adb",
    "read_balance_of_payments",
    "read_batis",
    "read_dds",
    "read_figaro",
    "read_gdp",
    "read_icio",
    "read_mrio",
    "read_tismos",
    "read_tiva",
    "read_wiod",
    "read_wto_services",
    "services_flows",
    "sum_items",
    "tiva_query",
    "top_traders",
    "which_growth",
    "with_rest",
    "withdrawal_scenario",
    "world_shares",
]
