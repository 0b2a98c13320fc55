"""How the sample was drawn: :class:`Design` as declared, :class:`Structure` as found in the data."""

from surveykit.design.records import Design, HartleyRao, JointProbabilities, Lonely, Pps, PpsVariance
from surveykit.design.resolve import resolve
from surveykit.design.structure import QuadraticForm, Stage, Structure
from surveykit.design.two_phase import TwoPhase, resolve_two_phase

__all__ = [
    "Design",
    "HartleyRao",
    "JointProbabilities",
    "Lonely",
    "Pps",
    "PpsVariance",
    "QuadraticForm",
    "Stage",
    "Structure",
    "TwoPhase",
    "resolve",
    "resolve_two_phase",
]
