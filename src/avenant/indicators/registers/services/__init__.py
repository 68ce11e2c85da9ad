"""Writes of registers and lists. A match is asked here and answered here, by a job of the platform."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from avenant.contracts.drafting.models import ContractParty
from avenant.domain.decision import DomainError
from avenant.domain.french import format_number, typeset
from avenant.domain.registers import Level, PartnerKind, Quality
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import own_circle
from avenant.indicators.registers import policies, selectors, tasks
from avenant.indicators.registers.models import (
    EstablishmentList,
    ListedEstablishment,
    Match,
    MatchSide,
    RegisteredAction,
)
from avenant.indicators.registers.reading import ActionLine, ListLine


@transaction.atomic
def register_actions(*, actor: Actor, lines: Iterable[ActionLine], at: datetime) -> int:
    """Write lines in the register of the actor's service and return how many were new.

    A line that says the same as one of the register is left out: sending a file twice doubles nothing.
    """
    policies.may_keep_register(actor).or_raise()
    circle = own_circle(actor)
    known = {line_of(row) for row in selectors.list_actions(actor)}
    fresh = [line for line in dict.fromkeys(lines) if line not in known]
    RegisteredAction.objects.bulk_create(
        (
            RegisteredAction(
                circle_id=circle, private_to_id=actor.organisation_id, at=at, person_id=actor.person_id,
                kind=line.kind.value, on=line.on, until=line.until, siret=line.siret, headcount=line.headcount,
                count=line.count, label=line.label, levels=[one.value for one in line.levels], partner=line.partner,
                partner_kind=line.partner_kind.value if line.partner_kind else "",
                qualities=[one.value for one in line.qualities],
            )
            for line in fresh
        ),
        batch_size=1000,
    )  # fmt: skip
    return len(fresh)


def strike_action(*, actor: Actor, action_id: uuid.UUID) -> None:
    """Take a line written by mistake out of the register."""
    action = selectors.get_action(actor, action_id)
    policies.may_keep_register(actor).or_raise()
    action.delete()


@transaction.atomic
def import_list(
    *,
    actor: Actor,
    circle_id: uuid.UUID | None,
    kind: str,
    strand: str,
    year: int,
    as_of: date,
    lines: Sequence[ListLine],
    at: datetime,
) -> EstablishmentList:
    """Keep a list of establishments, the actor's organisation's alone. ``circle_id`` None is its own circle.

    The fund's list of the COG awakes the matches that wait for it.
    """
    policies.may_import_list(actor, kind).or_raise()
    if not lines:
        raise DomainError("Cette liste est vide : rien n’a été enregistré.", code="empty_list")
    sirets = sorted(line.siret for line in lines)
    audience = {"circle_id": circle_id or own_circle(actor), "private_to_id": actor.organisation_id}
    listing = EstablishmentList.objects.create(
        **audience,
        owner_id=actor.organisation_id,
        kind=kind,
        strand=strand,
        year=year,
        as_of=as_of,
        size=len(sirets),
        fingerprint=hashlib.sha256(" ".join(sirets).encode()).hexdigest(),
        at=at,
        person_id=actor.person_id,
    )
    ListedEstablishment.objects.bulk_create(
        (
            ListedEstablishment(
                **audience, listing=listing, siret=line.siret, label=line.label, headcount=line.headcount
            )
            for line in lines
        ),
        batch_size=1000,
    )
    if kind == EstablishmentList.Kind.COG:
        tasks.answer_matches.defer()
    return listing


@transaction.atomic
def share_list(*, actor: Actor, list_id: uuid.UUID, at: datetime) -> EstablishmentList:
    """Show a list to every organisation of its circle. It cannot be taken back."""
    listing = selectors.get_list(actor, list_id, lock=True)
    policies.may_share(actor, listing).or_raise()
    listing.lines.update(private_to=None)
    listing.private_to = None
    listing.save(update_fields=["private_to"])
    record(
        listing.circle_id,
        verb="list.share",
        label=f"Liste partagée : {listing} ({format_number(listing.size)})",
        actor=actor,
        at=at,
        page=listing.page(),
        subject=listing.pk,
    )
    return listing


@transaction.atomic
def discard_list(*, actor: Actor, list_id: uuid.UUID) -> None:
    """Take back a list that was neither shared nor matched."""
    listing = selectors.get_list(actor, list_id, lock=True)
    policies.may_discard(actor, listing, selectors.former_questions(actor, listing)).or_raise()
    listing.delete()


@transaction.atomic
def ask_match(*, actor: Actor, list_id: uuid.UUID, at: datetime) -> Match:
    """Ask how many establishments of a list the fund of the contract follows under the COG.

    The answer is computed by a job: the service never sees the fund's list, nor the fund the service's. Each question
    is written in the journal of the contract.
    """
    listing = selectors.get_list(actor, list_id, lock=True)
    asked, twins = selectors.former_questions(actor, listing), selectors.matched_twins(actor, listing)
    policies.may_match(actor, listing, asked, twins).or_raise()
    if selectors.counted_blindly(actor, listing):
        raise DomainError(
            "Cette part est déjà demandée par un compte neutre : une seule manière par question.",
            basis=policies.MATCHING,
        )
    fund = (
        ContractParty.objects.visible_to(actor)
        .filter(circle_id=listing.circle_id, role=ContractParty.Role.FUND)
        .select_related("organisation")
        .first()
    )
    if fund is None:
        raise DomainError("Aucune caisse n’est partie à ce dossier : il n’y a pas de liste à rapprocher.")
    match = Match.objects.create(
        circle_id=listing.circle_id, listing=listing, owner_id=actor.organisation_id, counterpart=fund.organisation,
        kind=listing.kind, strand=listing.strand, year=listing.year, total=listing.size, asked_at=at,
    )  # fmt: skip
    record(
        match.circle_id,
        verb="match.ask",
        label=typeset(f"Rapprochement demandé : {match} ({format_number(match.total)})"),
        actor=actor,
        at=at,
        evidence={"list": str(listing.pk), "size": listing.size, "question": len(asked) + 1},
        subject=match.pk,
    )
    tasks.answer_matches.defer()
    return match


def answer_matches(*, at: datetime) -> None:
    """Answer the matches that wait, from the newest list that each fund gave for their year. Run as the system role."""
    for match in Match.objects.filter(answered_at=None).select_for_update(skip_locked=True).order_by("asked_at"):
        followed = (
            EstablishmentList.objects.filter(
                owner_id=match.counterpart_id,
                kind=EstablishmentList.Kind.COG,
                year=match.year,
                size__gte=policies.SMALLEST_LIST,
            )
            .order_by("-as_of", "-at")
            .first()
        )
        if followed is not None:
            _answer(match, followed, at=at)


def _answer(match: Match, followed: EstablishmentList, *, at: datetime) -> None:
    lines = ListedEstablishment.objects.filter(listing_id=match.listing_id)
    common = list(lines.filter(siret__in=followed.lines.values("siret")).values_list("siret", flat=True))
    match.of_which, match.compared_as_of, match.answered_at = len(common), followed.as_of, at
    match.save(update_fields=["of_which", "compared_as_of", "answered_at"])
    MatchSide.objects.bulk_create(
        MatchSide(circle_id=match.circle_id, private_to_id=side, match=match, sirets=common)
        for side in (match.owner_id, match.counterpart_id)
    )
    record(
        match.circle_id,
        verb="match.answer",
        label=typeset(f"Rapprochement : {match}, {format_number(match.total)} dont {format_number(len(common))}"),
        actor=None,
        at=at,
        evidence={"total": match.total, "of_which": len(common), "compared_as_of": followed.as_of.isoformat()},
        subject=match.pk,
    )


def line_of(row: RegisteredAction) -> ActionLine:
    """A line of the register as a file would give it."""
    return ActionLine(
        row.action.kind, row.on, row.until, row.siret, row.headcount, row.count, row.label,
        tuple(map(Level, row.levels)), row.partner, PartnerKind(row.partner_kind) if row.partner_kind else None,
        tuple(map(Quality, row.qualities)),
    )  # fmt: skip
