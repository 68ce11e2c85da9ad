"""What is due in a declaration: to hand a part in, to control it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from avenant.contracts.drafting.models import ContractParty
from avenant.domain.audiences import Role
from avenant.domain.indicators import Provider
from avenant.domain.periods import add_working_days
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.indicators.campaigns.services import end_of_day
from avenant.indicators.declarations import policies
from avenant.indicators.declarations.models import Part

WITHOUT_FIGURES = "La région consolidera sans ces chiffres, en le disant."


def role_of(part: Part) -> Role:
    """Who holds the pen of a part, in its organisation."""
    holders = {Provider.SERVICE: Role.SERVICE_MANAGER, Provider.SOCIAL_SERVICE: Role.SOCIAL_SERVICE}
    return holders.get(Provider(part.provider), Role.FUND_CORRESPONDENT)


def entry_key(part: Part) -> str:
    return f"part:{part.pk}:submit"


def control_key(part: Part) -> str:
    return f"part:{part.pk}:control"


def plan_entry(part: Part, *, waiting: str, due_at: datetime | None = None, label: str = "") -> None:
    declaration = part.declaration
    journal.plan(
        part.circle_id,
        Due(
            key=entry_key(part),
            label=label or f"Transmettre les indicateurs {declaration.year} : {declaration.service.short_name}",
            organisation_id=part.owner_id,
            unit_id=part.unit_id,
            role=role_of(part),
            waiting=waiting,
            due_at=due_at or declaration.due_at,
            page=part.page(),
            basis=policies.BASIS,
            consequence=WITHOUT_FIGURES,
        ),
    )


def plan_control(part: Part, at: datetime) -> None:
    labour = ContractParty.objects.filter(
        contract_id=part.declaration.contract_id, role=ContractParty.Role.LABOUR
    ).first()
    if labour is not None:
        journal.plan(
            part.circle_id,
            Due(
                key=control_key(part),
                label=f"Contrôler les indicateurs {part.declaration.year} : {_named(part)}",
                organisation_id=labour.organisation_id,
                role=Role.LABOUR_LEAD,
                waiting=part.owner.short_name,
                due_at=control_ends(part, at),
                page=part.page(),
                basis=policies.BASIS,
                consequence="La déclaration n’entrera pas dans le bilan arrêté.",
            ),
        )


def control_ends(part: Part, since: datetime) -> datetime:
    """The instant that ends the control: the region's working days, whole, after ``since``, in the region's zone."""
    territory = part.declaration.contract.territory
    day = since.astimezone(ZoneInfo(territory.time_zone)).date()
    return end_of_day(add_working_days(day, part.declaration.control_working_days), territory)


def _named(part: Part) -> str:
    """The service; for a part that the fund fills, which of its units, for which service."""
    service = part.declaration.service.short_name
    if part.owner_id == part.declaration.service_id:
        return service
    return f"{service}, part de {part.owner.short_name}{f' ({part.unit.name})' if part.unit else ''}"
