"""The only room that knows where rows live: it answers grouped sums."""

from surveykit.engine.duck import DuckEngine
from surveykit.engine.memory import MemoryEngine
from surveykit.engine.open import EngineName, open_engine
from surveykit.engine.records import (
    Batch,
    CellSums,
    DesignColumns,
    Engine,
    FloatArray,
    IntArray,
    Key,
    Request,
    RowIndex,
    StratumMoments,
    UnitSums,
    UnitTable,
    WeightedValues,
)
from surveykit.engine.replicate_factors import GroupFactors, PredictedFactors, ReplicateFactors

__all__ = [
    "Batch",
    "CellSums",
    "DesignColumns",
    "DuckEngine",
    "Engine",
    "EngineName",
    "FloatArray",
    "GroupFactors",
    "IntArray",
    "Key",
    "MemoryEngine",
    "PredictedFactors",
    "ReplicateFactors",
    "Request",
    "RowIndex",
    "StratumMoments",
    "UnitSums",
    "UnitTable",
    "WeightedValues",
    "open_engine",
]
