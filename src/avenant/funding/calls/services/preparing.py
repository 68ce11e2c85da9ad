"""A call is prepared: rulebook, parameters, texts, partners consulted, committee's opinion, validation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from avenant import rulebooks
from avenant.domain.decision import DomainError
from avenant.domain.rules.parameters import BadParameter
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Unit
from avenant.foundations.parties.services import open_circle
from avenant.funding.calls import policies, selectors
from avenant.funding.calls.models import Call, CallPartner, Consultation, Source

HEAD = (
    "title", "reference", "mailbox", "opens_on", "concerted", "sources", "opinions", "certified", "form_upload",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDraft:
    """What a call starts from. ``parameters`` are raw values by name, as the rulebook writes them."""

    key: str
    rulebook: str
    title: str
    year: int
    mailbox: str
    opens_on: date
    reference: str = ""
    unit_id: uuid.UUID | None = None
    concerted: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    fictional: bool = False
    sources: Sequence[str] = ()
    opinions: Sequence[str] = ()
    certified: bool = False
    form_upload: bool = False
    taken_over: bool = False


@transaction.atomic
def prepare_call(*, actor: Actor, draft: CallDraft, partners: Sequence[Organisation] = (), at: datetime) -> Call:
    """Open the working file of a call, in the circle of the authority and its partners. The rulebook must exist."""
    policies.may_prepare(actor).or_raise()
    if draft.parameters:
        rulebooks.load(draft.rulebook).with_parameters(draft.parameters)
    else:
        rulebooks.load(draft.rulebook)
    if Call.objects.filter(key=draft.key).exists():
        raise DomainError("Un appel porte déjà cette clé : choisissez-en une autre.", code="taken")
    members = {actor.organisation_id: "porteur"} | {one.pk: "partenaire" for one in partners}
    circle = open_circle(kind="call", title=str(draft)[:250], members=members)
    call = Call.objects.create(
        circle_id=circle,
        key=draft.key,
        owner_id=actor.organisation_id,
        unit_id=draft.unit_id or actor.unit_id,
        territory_id=actor.territory,
        year=draft.year,
        title=draft.title[:250],
        reference=draft.reference,
        rulebook=draft.rulebook,
        parameters=dict(draft.parameters),
        opens_on=draft.opens_on,
        mailbox=draft.mailbox,
        concerted=draft.concerted,
        content=dict(draft.content),
        fictional=draft.fictional,
        sources=list(draft.sources),
        opinions=list(draft.opinions),
        certified=draft.certified,
        form_upload=draft.form_upload,
        taken_over=draft.taken_over,
        state=Call.lifecycle.start,
        state_since=at,
    )
    for one in partners:
        unit = Unit.objects.filter(organisation=one, key__in=["prevention", "pole-travail"]).first()
        CallPartner.objects.create(circle_id=circle, call=call, organisation=one, unit=unit)
    record(
        circle,
        verb="call.prepare",
        label=f"{call} : en préparation",
        actor=actor,
        at=at,
        page=call.page(),
        subject=call.pk,
    )
    return call


def _locked(actor: Actor, call_id: uuid.UUID) -> Call:
    selectors.get_call(actor, call_id)
    return Call.objects.select_for_update(of=("self",)).select_related("owner", "territory").get(pk=call_id)


@transaction.atomic
def set_parameters(*, actor: Actor, call_id: uuid.UUID, values: Mapping[str, Any], at: datetime) -> Call:
    """Write parameters, each in its unit and bounds; None makes a blank. Raises BadParameter and writes nothing then."""
    call = _locked(actor, call_id)
    policies.may_write(actor, call).or_raise()
    merged = {**call.parameters, **values}
    try:
        rulebooks.load(call.rulebook).with_parameters(merged)
    except KeyError as error:
        raise BadParameter(f"le paramètre {error} n'existe pas dans ce règlement.") from None
    if merged != call.parameters:
        changed = {name: value for name, value in values.items() if call.parameters.get(name) != value}
        call.parameters = merged
        call.save(update_fields=["parameters"])
        record(
            call.circle_id, verb="call.parameters", label=f"{call} : paramètres modifiés", actor=actor, at=at,
            evidence=changed, page=call.page(), subject=call.pk,
        )  # fmt: skip
    return call


@transaction.atomic
def tell_call(*, actor: Actor, call_id: uuid.UUID, said: Mapping[str, Any], at: datetime) -> Call:
    """Write the head of a call, its options (sources, opinions asked for, certification…) and texts of its content.

    Criteria are told by source (``content["source_criteria"]``): one of a source that the call does not open is refused.
    """
    call = _locked(actor, call_id)
    policies.may_write(actor, call).or_raise()
    for name in HEAD:
        if name in said:
            setattr(call, name, said[name])
    call.content = {**call.content, **said.get("content", {})}
    closed = set(call.content.get("source_criteria", {})) - set(call.sources)
    if closed:
        names = ", ".join(sorted(str(Source(one).label) for one in closed))
        raise DomainError(f"L’appel n’ouvre pas cette source : {names}.", code="source")
    call.save()
    record(call.circle_id, verb="call.tell", label=f"{call} : textes modifiés", actor=actor, at=at, page=call.page())
    return call


@transaction.atomic
def consult_partner(
    *, actor: Actor, call_id: uuid.UUID, organisation_id: uuid.UUID, on: date, agrees: bool, comment: str, at: datetime
) -> Consultation:
    """Record what a partner says of the criteria: its date, its agreement, its comment (convention, article 2, 1)."""
    call = _locked(actor, call_id)
    policies.may_write(actor, call).or_raise()
    partners = {one.organisation_id: one for one in selectors.list_partners(actor, call)}
    if organisation_id not in partners:
        raise DomainError("Cet organisme n’est pas partenaire de l’appel.", code="not_a_partner")
    made = Consultation.objects.create(
        circle_id=call.circle_id, call=call, kind=Consultation.Kind.PARTNER, organisation_id=organisation_id,
        on=on, agrees=agrees, comment=comment.strip(), recorded_at=at,
    )  # fmt: skip
    record(
        call.circle_id, verb="call.consulted", label=f"{partners[organisation_id]} consulté sur les critères",
        actor=actor, at=at, reason=comment.strip(), page=call.page(), subject=call.pk,
    )  # fmt: skip
    return made


@transaction.atomic
def submit_to_committee(*, actor: Actor, call_id: uuid.UUID, at: datetime) -> Call:
    """The criteria go to the committee; refused while a partner's consultation is not on record."""
    call = _locked(actor, call_id)
    partners, heard = selectors.list_partners(actor, call), selectors.list_consultations(actor, call)
    policies.may_consult(actor, call, partners, heard).or_raise()
    return advance(call, "consult", actor=actor, at=at)


@transaction.atomic
def advise_on_criteria(*, actor: Actor, call_id: uuid.UUID, on: date, agrees: bool, comment: str, at: datetime) -> Call:
    """Record the opinion of the regional selection and follow-up committee on the criteria."""
    call = _locked(actor, call_id)
    advance(call, "advise", actor=actor, at=at)
    Consultation.objects.create(
        circle_id=call.circle_id, call=call, kind=Consultation.Kind.COMMITTEE, on=on, agrees=agrees,
        comment=comment.strip(), recorded_at=at,
    )  # fmt: skip
    return call


@transaction.atomic
def validate_call(*, actor: Actor, call_id: uuid.UUID, at: datetime) -> Call:
    """The authority validates the criteria."""
    call = _locked(actor, call_id)
    policies.may_validate(actor, call).or_raise()
    advance(call, "validate", actor=actor, at=at)
    return call


@transaction.atomic
def resume_preparation(*, actor: Actor, call_id: uuid.UUID, reason: str, at: datetime) -> Call:
    """Go back to the preparation, with a reason; the consultations start again."""
    call = _locked(actor, call_id)
    advance(call, "resume", actor=actor, at=at, reason=reason)
    Consultation.objects.filter(call=call).delete()
    journal.drop(f"call:{call.pk}:publish")
    return call
