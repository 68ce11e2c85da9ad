"""Tables of the instruction, by moment."""

from avenant.funding.reviews.models.checking import DoubleVerdict, PartnerAid
from avenant.funding.reviews.models.exchanges import Note, Post, Thread
from avenant.funding.reviews.models.instructing import Examination, Instruction, Interest, Mark
from avenant.funding.reviews.models.opinions import CollegialOpinion, Opinion, OpinionAsked
from avenant.funding.reviews.models.supplements import AskedField, Supplement

__all__ = [
    "AskedField",
    "CollegialOpinion",
    "DoubleVerdict",
    "Examination",
    "Instruction",
    "Interest",
    "Mark",
    "Note",
    "Opinion",
    "OpinionAsked",
    "PartnerAid",
    "Post",
    "Supplement",
    "Thread",
]
