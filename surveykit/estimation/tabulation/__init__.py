"""Tables of many questions at once: toplines, and banner tables with column comparisons."""

from surveykit.estimation.tabulation.banners import banner_tables
from surveykit.estimation.tabulation.toplines import topline

__all__ = ["banner_tables", "topline"]
