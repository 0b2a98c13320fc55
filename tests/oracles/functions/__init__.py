"""The translations, one file a family; importing them fills the table."""

from tests.oracles.functions import (
    accessors,
    descriptive,
    designs,
    htests,
    imputation,
    likelihoods,
    models,
    ordinal,
    quantiles,
    replicates,
    spread,
    tables,
    weighting,
)

__all__ = [
    "accessors",
    "descriptive",
    "designs",
    "htests",
    "imputation",
    "likelihoods",
    "models",
    "ordinal",
    "quantiles",
    "replicates",
    "spread",
    "tables",
    "weighting",
]
