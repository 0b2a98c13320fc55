"""What verbs return: :class:`Estimate` and :class:`Table`, data only."""

from surveykit.results.contrasts import Contrast
from surveykit.results.estimate import Estimate

__all__ = ["Contrast", "Estimate"]
