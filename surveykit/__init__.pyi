# Written by `make format` from the list in __init__.py: change it there.

from surveykit.errors import SurveykitError as SurveykitError
from surveykit.errors import SurveykitWarning as SurveykitWarning

__version__: str
_FACE: dict[str, str]
_MODULES: dict[str, str]
__all__ = [
    "__version__",
    "SurveykitError",
    "SurveykitWarning",
]
