"""Value added and services trade: inter-country tables, what their exports contain, and who trades which services.

Importing the room loads none of it: each name below is fetched from its module on first use.
"""

from __future__ import annotations

from importlib import import_module

# Every public name of the room and the module, below surveykit.trade, that defines it. Add a line; edit nothing else.
_FACE: dict[str, str] = {
    # inter-country tables
    "InterCountryTable": "tables",
    "Validation": "validation",
    "read_icio": "readers.icio",
    "read_wiod": "readers.wiod",
    "read_figaro": "readers.figaro",
    "read_adb": "readers.adb",
    "from_pymrio": "readers.mrio",
    "read_mrio": "readers.mrio",
    # value added
    "INDICATORS": "value_added",
    "indicators": "value_added",
    "origin_of_value_added": "origin",
    # decompositions of gross exports
    "decompose": "decomposition.methods",
    # scenarios
    "ScenarioResult": "scenarios.result",
    "price_scenario": "scenarios.price",
    "withdrawal_scenario": "scenarios.quantity",
}

__all__ = list(_FACE)


def __getattr__(name: str) -> object:
    """Fetch a public name from its module on first use, and keep it."""
    if name not in _FACE:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(import_module(f"{__name__}.{_FACE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_FACE})
