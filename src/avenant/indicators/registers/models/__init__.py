"""Registers of what a service did, lists of establishments and their counts, structures followed."""

from avenant.indicators.registers.models.blind import BlindCount, BlindMessage
from avenant.indicators.registers.models.lists import EstablishmentList, ListedEstablishment, Match, MatchSide
from avenant.indicators.registers.models.register import CellRecord, ObjectiveNote, RegisteredAction
from avenant.indicators.registers.models.structures import Structure, WorkloadGrid

__all__ = [
    "BlindCount",
    "BlindMessage",
    "CellRecord",
    "EstablishmentList",
    "ListedEstablishment",
    "Match",
    "MatchSide",
    "ObjectiveNote",
    "RegisteredAction",
    "Structure",
    "WorkloadGrid",
]
