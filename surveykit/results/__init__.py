"""What verbs return: :class:`Estimate` and :class:`Table`, data only."""

from surveykit.results.contrasts import Contrast
from surveykit.results.estimate import Estimate
from surveykit.results.headings import Heading
from surveykit.results.independence import JointCounts
from surveykit.results.table import Table
from surveykit.results.test_result import TestResult

__all__ = ["Contrast", "Estimate", "Heading", "JointCounts", "Table", "TestResult"]
