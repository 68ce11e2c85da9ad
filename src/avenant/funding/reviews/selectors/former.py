"""Respect of the contracts signed under previous calls: what the platform knows of the establishment's former aids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from avenant.domain.french import format_date, format_euros, typeset
from avenant.domain.funding.grid import Value
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant, GrantedAction
from avenant.funding.reports.models import GrantReport, Recovery

DECLARED = "earlier_clact"


@dataclass(frozen=True, slots=True)
class FormerContract:
    """An aid of a previous call, and what was not respected of it."""

    label: str
    page: str
    faults: tuple[str, ...]

    @property
    def respected(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class FormerRespect:
    """The former contracts of an establishment, and what they propose for the grid: « sans objet » without any."""

    contracts: tuple[FormerContract, ...]
    proposed: Value | None
    reason: str


def former_respect(dossier: Dossier, *, at: datetime) -> FormerRespect:
    """What the authority knows of the former aids of a dossier's establishment (the rows that the reader may see): a report
    late or still awaited, an action given up, a sum asked back and not settled. Without any, what the dossier itself
    declares; None when neither says (§5.1)."""
    zone = ZoneInfo(dossier.call.zone)
    place = Q(establishment_id=dossier.establishment_id)
    if dossier.establishment.siret:
        place |= Q(siret=dossier.establishment.siret)
    rows = Grant.objects.filter(place, authority_id=dossier.call.owner_id).exclude(dossier_id=dossier.pk)
    grants = list(rows.exclude(call_id=dossier.call_id).prefetch_related("reports", "recoveries", "actions"))
    contracts = tuple(FormerContract(str(one), one.page(), tuple(_faults(one, at=at, zone=zone))) for one in grants)
    if contracts:
        faults = [fault for one in contracts for fault in one.faults]
        return FormerRespect(contracts, Value.NOT_MET if faults else Value.MET, " ; ".join(faults))
    told = {"none": Value.NEUTRAL, "not_respected": Value.NOT_MET}.get(str(dossier.answers.get(DECLARED) or ""))
    return FormerRespect((), told, "Déclaré par l’établissement." if told is Value.NOT_MET else "")


def _faults(grant: Grant, *, at: datetime, zone: ZoneInfo) -> list[str]:
    reports: list[GrantReport] = list(grant.reports.all())
    recoveries: list[Recovery] = list(grant.recoveries.all())
    actions: list[GrantedAction] = list(grant.actions.all())
    told = [f"{one.get_kind_display()} {one.year} reçu en retard" for one in reports if one.late]
    told += [
        f"{one.get_kind_display()} {one.year} attendu depuis le {format_date(one.due_on)}"
        for one in reports
        if one.state in {"expected", "returned"} and one.due_at <= at
    ]
    told += [f"action abandonnée : {one.title}" for one in actions if one.state == "abandoned"]
    told += [
        f"récupération de {format_euros(one.decided if one.decided is not None else one.amount)} non soldée"
        for one in recoveries
        if one.state not in Recovery.lifecycle.final
    ]
    return [typeset(one[0].upper() + one[1:]) for one in told]
