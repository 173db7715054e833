from .agency import Agency
from .boundary import Boundary
from .factor import Factor
from .grid import GridArea
from .history import OF_THE_OFFICE, keep_history
from .indicator import Indicator, Reading
from .policy import Policy, Position, Provision
from .region import Region
from .savings import SavingsClaim
from .scope import Scope
from .source import Confidence, Source

__all__ = [
    "OF_THE_OFFICE",
    "Agency",
    "Boundary",
    "Confidence",
    "Factor",
    "GridArea",
    "Indicator",
    "Policy",
    "Position",
    "Provision",
    "Reading",
    "Region",
    "SavingsClaim",
    "Scope",
    "Source",
    "keep_history",
]
