"""Classifications: industries, services, countries, groups, concordances and the definitions of digital trade.

Neutral ground that instruments, weighting and trade share: nothing here knows a survey or a trade table.
"""

from surveykit.classifications.industries import (
    Industry,
    activity_divisions,
    industry,
    industry_scheme,
    industry_schemes,
    industry_sections,
    select_industries,
)
from surveykit.classifications.tree import Category, Classification, classification, classifications

__all__ = [
    "Category",
    "Classification",
    "Industry",
    "activity_divisions",
    "classification",
    "classifications",
    "industry",
    "industry_scheme",
    "industry_schemes",
    "industry_sections",
    "select_industries",
]
