"""What verbs return: :class:`Estimate`, :class:`Table` and :class:`TableBook`, data only."""

from surveykit.results.contrasts import Contrast
from surveykit.results.estimate import Estimate
from surveykit.results.headings import Heading
from surveykit.results.independence import JointCounts
from surveykit.results.table import CELL_ARRAYS, Table
from surveykit.results.table_book import TableBook
from surveykit.results.test_result import TestResult

__all__ = ["CELL_ARRAYS", "Contrast", "Estimate", "Heading", "JointCounts", "Table", "TableBook", "TestResult"]
