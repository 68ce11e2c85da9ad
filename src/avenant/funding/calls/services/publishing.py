"""A call is published: its rules are frozen and hashed, everybody reads it. It is extended by decision, then closed."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.proof import fingerprint, textual
from avenant.domain.rules.kinds.dates import Window
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls import policies, selectors
from avenant.funding.calls.models import Call, CallVersion, PublishedCall
from avenant.funding.calls.services.preparing import _locked

SECOND = timedelta(seconds=1)


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
    )
    published.partners.set([one.organisation for one in selectors.list_partners(actor, call)])
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
        "rulebook": {"name": call.rulebook, "digest": call.digest, "rules": call.rules},
        "content": {name: value for name, value in call.content.items() if name != "words"},
    }


@transaction.atomic
def extend_call(*, actor: Actor, call_id: uuid.UUID, until: datetime, reason: str, at: datetime) -> PublishedCall:
    """Give more time by decision, for an incident put on record: a new version of the call, the former kept.

    ``until`` is the last second admitted, on the clocks of the call's zone (naive). Never earlier than the present one.
    """
    call = _locked(actor, call_id)
    policies.may_extend(actor, call).or_raise()
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
    published.rules, published.digest, published.closes_at = longer.to_json(), longer.digest, closes_at
    published.version += 1
    published.save(update_fields=["rules", "digest", "closes_at", "version"])
    _keep_version(published, at=at, reason=reason.strip())
    if call.state == "closed":
        advance(call, "extend", actor=actor, at=at, reason=reason)
    else:
        record(
            call.circle_id, verb="call.extended", label=f"{call} : dépôt prolongé", actor=actor, at=at, reason=reason,
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
