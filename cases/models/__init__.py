from .case import Case, Citation
from .field import Figure, Raid, Seizure
from .outcome import Disposal, Document, Party, Sanction
from .rig import Rig
from .saved import SavedView

__all__ = [
    "Case",
    "Citation",
    "Disposal",
    "Document",
    "Figure",
    "Party",
    "Raid",
    "Rig",
    "Sanction",
    "SavedView",
    "Seizure",
]
