"""What the people of a declaration are told when an act of another concerns them: one function an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from avenant.domain.french import format_date
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations import policies
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.services.due import WITHOUT_FIGURES, role_of

NOTHING_TO_DO = "Rien ne change : les chiffres validés entrent dans la consolidation."


def tell_opened(part: Part, *, actor: Actor, at: datetime) -> None:
    """The provider learns that its part waits for it, and until when."""
    declaration = part.declaration
    last_day = format_date((declaration.due_at - timedelta(seconds=1)).date())
    _tell_provider(
        part,
        "opened",
        f"La campagne {declaration.year} est ouverte : indicateurs de {declaration.service.short_name} à transmettre",
        body=f"Dernier jour : {last_day}.",
        act="Saisir les indicateurs",
        waiting=actor.organisation,
        consequence=WITHOUT_FIGURES,
        actor=actor,
        at=at,
    )


def tell_returned(part: Part, *, reason: str, questions: int, actor: Actor, at: datetime) -> None:
    """The provider learns that questions wait for its answers."""
    asked = f"avec {questions} question{'s' if questions > 1 else ''}" if questions else "pour correction"
    _tell_provider(
        part,
        "returned",
        f"Les indicateurs {part.declaration.year} vous sont renvoyés {asked}",
        body=reason,
        act="Répondre et corriger",
        waiting=actor.organisation,
        consequence=WITHOUT_FIGURES,
        actor=actor,
        at=at,
    )


def tell_validated(part: Part, *, actor: Actor, at: datetime) -> None:
    """The provider learns that its figures are accepted."""
    _tell_provider(
        part,
        "validated",
        f"Les indicateurs {part.declaration.year} sont validés",
        act="Voir la déclaration",
        consequence=NOTHING_TO_DO,
        actor=actor,
        at=at,
    )


def tell_reopened(part: Part, *, reason: str, actor: Actor, at: datetime) -> None:
    """The provider learns that its validated figures may be changed again, and why."""
    _tell_provider(
        part,
        "reopened",
        f"Les indicateurs {part.declaration.year} sont rouverts par décision",
        body=reason,
        act="Corriger et transmettre de nouveau",
        waiting=actor.organisation,
        consequence=WITHOUT_FIGURES,
        actor=actor,
        at=at,
    )


def tell_committee_moved(
    campaign: Campaign, parts: Iterable[Part], *, committee_on: date, actor: Actor, at: datetime
) -> None:
    """The providers that still hold the pen learn their new last day."""
    last_day = format_date((campaign.due_at - timedelta(seconds=1)).date())
    for part in parts:
        _tell_provider(
            part,
            "committee-moved",
            f"Le comité est déplacé au {format_date(committee_on)}",
            body=f"Vous pouvez transmettre les indicateurs {campaign.year} jusqu’au {last_day} compris.",
            act="Voir la déclaration",
            waiting=actor.organisation,
            consequence=WITHOUT_FIGURES,
            actor=actor,
            at=at,
        )


def _tell_provider(
    part: Part,
    event: str,
    title: str,
    *,
    act: str,
    consequence: str,
    actor: Actor,
    at: datetime,
    body: str = "",
    waiting: str = "",
) -> None:
    message = Message(
        key=f"part:{part.pk.hex}:{event}:{at:%Y%m%dT%H%M%S%f}",
        title=title,
        body=body,
        act=act,
        page=part.page(),
        waiting=waiting,
        consequence=consequence,
        basis=policies.BASIS,
    )
    notify_organisation(
        part.circle_id, part.owner_id, message, at=at, roles=[role_of(part)], unit_id=part.unit_id, but=actor
    )
