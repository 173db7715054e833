from .case import Case, Citation
from .field import Figure, Raid, Seizure
from .follow import Follow, Notice
from .history import CaseAgency, CaseSource, HistorySeal
from .intake import Bulletin, Draft, Import, OpenDoubt, Reason
from .lead import Inspection, InspectionPhoto, Lead, LeadStep, Tip, TipPart
from .method import FactorSet
from .number import OfficeNumber
from .outcome import Disposal, Document, Party, Sanction
from .rig import Rig
from .saved import SavedBrief, SavedView
from .screening import Clearance, MeasuredAvoided, ScreenedMeter, ScreeningRun, WeightSet
from .sheet_layout import SheetLayout

__all__ = [
    "Bulletin",
    "Case",
    "CaseAgency",
    "CaseSource",
    "Citation",
    "Clearance",
    "Disposal",
    "Document",
    "Draft",
    "FactorSet",
    "Figure",
    "Follow",
    "HistorySeal",
    "Import",
    "Inspection",
    "InspectionPhoto",
    "Lead",
    "LeadStep",
    "MeasuredAvoided",
    "Notice",
    "OfficeNumber",
    "OpenDoubt",
    "Party",
    "Raid",
    "Reason",
    "Rig",
    "Sanction",
    "SavedBrief",
    "SavedView",
    "ScreenedMeter",
    "ScreeningRun",
    "Seizure",
    "SheetLayout",
    "Tip",
    "TipPart",
    "WeightSet",
]
