"""Classifications: industries, services, countries, groups, concordances and the definitions of digital trade.

Neutral ground that instruments, weighting and trade share: nothing here knows a survey or a trade table.
"""

from surveykit.classifications.concordance import Concordance, Conversion, Link, concordance, concordances
from surveykit.classifications.countries import Country, check_countries, countries, country
from surveykit.classifications.definitions import (
    Definition,
    Resolution,
    definition,
    definitions,
    digital_related_items,
)
from surveykit.classifications.groups import Area, Group, area, area_codes, group, groups
from surveykit.classifications.industries import (
    Industry,
    activity_divisions,
    industry,
    industry_scheme,
    industry_schemes,
    industry_sections,
    select_industries,
    tile_activity,
)
from surveykit.classifications.services import ServiceItem, service_item, service_items
from surveykit.classifications.tree import Category, Classification, classification, classifications

__all__ = [
    "Area",
    "Category",
    "Classification",
    "Concordance",
    "Conversion",
    "Country",
    "Definition",
    "Group",
    "Industry",
    "Link",
    "Resolution",
    "ServiceItem",
    "activity_divisions",
    "area",
    "area_codes",
    "check_countries",
    "classification",
    "classifications",
    "concordance",
    "concordances",
    "countries",
    "country",
    "definition",
    "definitions",
    "digital_related_items",
    "group",
    "groups",
    "industry",
    "industry_scheme",
    "industry_schemes",
    "industry_sections",
    "select_industries",
    "service_item",
    "service_items",
    "tile_activity",
]
