"""A call is published: its rules are frozen and hashed, everybody reads it. It is extended by decision, then closed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_moment
from avenant.domain.proof import fingerprint, textual
from avenant.domain.rules.kinds.dates import Window
from avenant.domain.rules.parameters import BadParameter
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls import policies, selectors
from avenant.funding.calls.models import Call, CallVersion, Incident, PublishedCall
from avenant.funding.calls.services.preparing import _locked

SECOND = timedelta(seconds=1)
DEPOSIT = "deposit"


def deadline_parameter(book: Rulebook) -> str:
    """The name of the parameter that closes the deposit; empty when the call stays open."""
    for rule in book.rules:
        if isinstance(rule, Window) and rule.closes is not None:
            return rule.closes.name.removeprefix("parameter:")
    return ""


def closing_instant(book: Rulebook) -> datetime | None:
    """The instant that is too late, excluded: the second after the last one admitted, in the call's zone."""
    name = deadline_parameter(book)
    last: datetime | None = book.value(name) if name else None
    return None if last is None else (last + SECOND).replace(tzinfo=book.zone)


@transaction.atomic
def publish_call(*, actor: Actor, call_id: uuid.UUID, at: datetime) -> PublishedCall:
    """Publish a validated call: rules frozen with their digest, first version, readable by everybody."""
    call = _locked(actor, call_id)
    book = selectors.book_of(call)
    policies.may_publish(actor, call, book).or_raise()
    advance(call, "publish", actor=actor, at=at, evidence={"digest": book.digest})
    published = PublishedCall.objects.create(
        call=call,
        key=call.key,
        owner_id=call.owner_id,
        territory_id=call.territory_id,
        zone=book.zone.key,
        year=call.year,
        title=call.title,
        reference=call.reference,
        mailbox=call.mailbox,
        opens_at=datetime.combine(call.opens_on, time(), book.zone),
        closes_at=closing_instant(book),
        rulebook=call.rulebook,
        rules=book.to_json(),
        digest=book.digest,
        content={**call.content, "words": fold(f"{call.content.get('alias', '')} {call.title}")},
        published_at=at,
        fictional=call.fictional,
        sources=call.sources,
        opinions=call.opinions,
        certified=call.certified,
        form_upload=call.form_upload,
    )
    published.partners.set(
        one.organisation
        for one in selectors.list_partners(actor, call)
        if not call.opinions or one.organisation.kind in call.opinions
    )
    _keep_version(published, at=at, reason="")
    return published


def _keep_version(published: PublishedCall, *, at: datetime, reason: str) -> CallVersion:
    content: Any = textual(public_content(published))
    return CallVersion.objects.create(
        call=published, number=published.version, at=at, reason=reason, content=content, sha256=fingerprint(content)
    )


def public_content(call: PublishedCall) -> dict[str, Any]:
    """A published call as plain data: its JSON page, and what a version hashes."""
    return {
        "key": call.key,
        "version": call.version,
        "title": call.title,
        "year": call.year,
        "reference": call.reference,
        "owner": call.owner.name,
        "territory": call.territory.name,
        "zone": call.zone,
        "opens_at": call.opens_at.astimezone(ZoneInfo(call.zone)).isoformat(),
        "closes_before": call.closes_at.astimezone(ZoneInfo(call.zone)).isoformat() if call.closes_at else None,
        "mailbox": call.mailbox,
        "sources": call.sources,
        "opinions": call.opinions,
        "certified": call.certified,
        "rulebook": {"name": call.rulebook, "digest": call.digest, "rules": call.rules},
        "content": {name: value for name, value in call.content.items() if name != "words"},
    }


@transaction.atomic
def record_incident(
    *, actor: Actor, call_id: uuid.UUID, started_at: datetime, ended_at: datetime, what: str, at: datetime
) -> Incident:
    """Put on record that the platform was out while the deposit was open: what an extension is decided on."""
    call = _locked(actor, call_id)
    policies.may_record_incident(actor, call).or_raise()
    if not what.strip():
        raise DomainError("Dites ce qui s’est passé.", code="what")
    if not started_at < ended_at <= at:
        raise DomainError("Un incident finit après son début, et il est fini.", code="dates")
    incident = Incident.objects.create(
        circle_id=call.circle_id, call=call, started_at=started_at, ended_at=ended_at, what=what.strip(), recorded_at=at,
        person_id=actor.person_id,
    )  # fmt: skip
    record(
        call.circle_id, verb="call.incident", label="Incident de la plateforme constaté", actor=actor, at=at,
        reason=what.strip(), page=call.page(), subject=call.pk,
        evidence={"from": started_at.isoformat(), "to": ended_at.isoformat()},
    )  # fmt: skip
    return incident


@transaction.atomic
def extend_call(
    *,
    actor: Actor,
    call_id: uuid.UUID,
    until: datetime,
    reason: str,
    incident_id: uuid.UUID | None = None,
    at: datetime,
) -> PublishedCall:
    """Give more time by decision, for an incident put on record: a new version of the call, the former kept.

    ``until`` is the last second admitted, on the clocks of the call's zone (naive). Never earlier than the present one.
    The incident recorded, when it is named, is told with the reason to everybody.
    """
    call = _locked(actor, call_id)
    policies.may_extend(actor, call).or_raise()
    incident = get_object_or_404(Incident, call=call, pk=incident_id) if incident_id else None
    if incident is not None:
        reason = f"{_when(incident, published_zone(call))} : {incident.what}. {reason}".strip()
    if not reason.strip():
        raise DomainError("La prolongation constate un incident : dites lequel.", code="reason")
    published = (
        PublishedCall.objects.select_for_update(of=("self",)).select_related("owner", "territory").get(call=call)
    )
    book = published.book()
    name = deadline_parameter(book)
    if not name:
        raise DomainError("Cet appel reste ouvert : il n’a pas de date limite à prolonger.", code="rolling")
    longer = book.with_parameters({name: until.isoformat()})
    closes_at = closing_instant(longer)
    if closes_at is None or published.closes_at is None or closes_at <= max(published.closes_at, at):
        raise DomainError("La nouvelle limite suit l’ancienne et le moment présent.", code="earlier")
    _move_deposit(published, until)
    _change_rules(published, longer, closes_at, at=at, reason=reason)
    if call.state == "closed":
        advance(call, "extend", actor=actor, at=at, reason=reason)
    else:
        record(
            call.circle_id, verb="call.extended", label=f"{call} : dépôt prolongé", actor=actor, at=at, reason=reason,
            page=call.page(), subject=call.pk,
        )  # fmt: skip
    return published


def _change_rules(
    published: PublishedCall, book: Rulebook, closes_at: datetime | None, *, at: datetime, reason: str
) -> None:
    published.rules, published.digest, published.closes_at = book.to_json(), book.digest, closes_at
    published.version += 1
    published.save(update_fields=["rules", "digest", "closes_at", "version", "content"])
    _keep_version(published, at=at, reason=reason.strip())


def _move_deposit(published: PublishedCall, until: datetime) -> None:
    """The calendar that everybody reads says the same last day as the rule."""
    for step in published.content.get("calendar", []):
        if step["key"] == DEPOSIT:
            step["ends_on"] = until.date().isoformat()
            step["words"] = f"jusqu’au {format_moment(until.replace(tzinfo=ZoneInfo(published.zone)))}, par décision"


def published_zone(call: Call) -> ZoneInfo:
    """The zone of a call's clocks."""
    return selectors.book_of(call).zone


def _when(incident: Incident, zone: ZoneInfo) -> str:
    first, last = (one.astimezone(zone) for one in (incident.started_at, incident.ended_at))
    return f"Incident de la plateforme du {format_moment(first)} au {format_moment(last)}"


@transaction.atomic
def revise_call(
    *, actor: Actor, call_id: uuid.UUID, values: Mapping[str, Any], reason: str, at: datetime
) -> PublishedCall:
    """Change rules of a published call by decision: a new version. Drafts follow it; a dossier handed in keeps its own.

    The deadline is not revised here but extended. Raises BadParameter on a value out of its bounds; nothing is written.
    """
    call = _locked(actor, call_id)
    policies.may_revise(actor, call).or_raise()
    if not reason.strip():
        raise DomainError("Dites pourquoi le règlement change.", code="reason")
    published = (
        PublishedCall.objects.select_for_update(of=("self",)).select_related("owner", "territory").get(call=call)
    )
    book = published.book()
    if deadline_parameter(book) in values:
        raise DomainError("La date limite se prolonge par décision, elle ne se révise pas.", code="deadline")
    try:
        revised = book.with_parameters(dict(values))
    except KeyError as error:
        raise BadParameter(f"le paramètre {error} n'existe pas dans ce règlement.") from None
    if revised.digest == book.digest:
        raise DomainError("Aucune règle ne change.", code="same")
    if revised.blanks():
        raise DomainError("Un règlement publié n’a pas de blanc.", code="blank")
    _change_rules(published, revised, published.closes_at, at=at, reason=reason)
    record(
        call.circle_id, verb="call.revised", label=f"{call} : règlement révisé", actor=actor, at=at, reason=reason,
        evidence={"values": {name: str(value) for name, value in values.items()}, "digest": revised.digest},
        page=call.page(), subject=call.pk,
    )  # fmt: skip
    return published


@transaction.atomic
def close_call(*, actor: Actor | None, call_id: uuid.UUID, at: datetime) -> Call:
    """Close the deposit once its instant has passed."""
    call = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
    published = PublishedCall.objects.get(call=call)
    if published.closes_at is None or at < published.closes_at:
        raise DomainError("La date limite de dépôt n’est pas passée.", code="early")
    return advance(call, "close", actor=actor, at=at)


def close_passed_calls(*, at: datetime) -> int:
    """Close every call whose instant has passed. A job of the platform; run twice it changes nothing."""
    passed = Call.objects.filter(state="published", published__closes_at__lte=at).values_list("pk", flat=True)
    for one in list(passed):
        close_call(actor=None, call_id=one, at=at)
    return len(passed)


def take_number(published_id: uuid.UUID) -> str:
    """The next number of a dossier of this call, taken in the transaction of the deposit: none is given twice."""
    PublishedCall.objects.filter(pk=published_id).update(numbered=F("numbered") + 1)
    key, last = PublishedCall.objects.values_list("key", "numbered").get(pk=published_id)
    return f"{key.upper()}-{last:04d}"


@transaction.atomic
def tell_step_done(*, actor: Actor, call_id: uuid.UUID, step: str, on: date, at: datetime) -> PublishedCall:
    """Say on which day a step of the calendar was done; a later day than announced is shown as late."""
    call = _locked(actor, call_id)
    policies.may_prepare(actor).or_raise()
    if call.owner_id != actor.organisation_id:
        raise DomainError(policies.NOT_OWNER)
    published = PublishedCall.objects.select_for_update(of=("self",)).get(call=call)
    steps = published.content.get("calendar", [])
    found = next((one for one in steps if one["key"] == step), None)
    if found is None:
        raise DomainError("Cette étape n’est pas au calendrier de l’appel.", code="no_step")
    found["done_on"] = on.isoformat()
    published.save(update_fields=["content"])
    record(
        call.circle_id, verb="call.step", label=f"{found['label']} : fait", actor=actor, at=at,
        evidence={"step": step, "on": on.isoformat()}, page=call.page(), subject=call.pk,
    )  # fmt: skip
    return published
