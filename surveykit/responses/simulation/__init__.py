"""Invented answers: an instrument, a table of published numbers and a seed become Responses marked synthetic.

:func:`read_targets` reads the published numbers with what is assumed between them; :func:`simulate` draws;
:func:`target_table` sets what came out beside what was published.
"""

from __future__ import annotations

from surveykit.responses.simulation.fit import target_table
from surveykit.responses.simulation.reading import parse_targets, read_targets
from surveykit.responses.simulation.records import Assumption, Target, Targets
from surveykit.responses.simulation.simulating import as_asked, simulate

__all__ = ["Assumption", "Target", "Targets", "as_asked", "parse_targets", "read_targets", "simulate", "target_table"]
