"""Value added and services trade: inter-country tables, what their exports contain, and who trades which services.

>>> from surveykit import trade
>>> trade.read_icio.__name__
'read_icio'

The room is loaded as a whole when :mod:`surveykit` is first asked for ``sk.trade``. To publish a name, import it
and list it in ``__all__``.
"""

from surveykit.trade.decomposition.methods import decompose
from surveykit.trade.origin import origin_of_value_added
from surveykit.trade.readers.adb import read_adb
from surveykit.trade.readers.figaro import read_figaro
from surveykit.trade.readers.icio import read_icio
from surveykit.trade.readers.mrio import from_pymrio, read_mrio
from surveykit.trade.readers.wiod import read_wiod
from surveykit.trade.scenarios.price import price_scenario
from surveykit.trade.scenarios.quantity import withdrawal_scenario
from surveykit.trade.scenarios.result import ScenarioResult
from surveykit.trade.tables import InterCountryTable, add_taxes_to_value_added
from surveykit.trade.validation import Validation
from surveykit.trade.value_added import INDICATORS, indicators

__all__ = [
    "INDICATORS",
    "InterCountryTable",
    "ScenarioResult",
    "Validation",
    "add_taxes_to_value_added",
    "decompose",
    "from_pymrio",
    "indicators",
    "origin_of_value_added",
    "price_scenario",
    "read_adb",
    "read_figaro",
    "read_icio",
    "read_mrio",
    "read_wiod",
    "withdrawal_scenario",
]
