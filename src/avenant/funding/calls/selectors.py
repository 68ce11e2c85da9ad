"""Reads of calls: the public part is everybody's, the working file its circle's."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant import rulebooks
from avenant.domain.folding import fold
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.funding.calls.models import (
    Call,
    CallFile,
    CallPartner,
    CallQuestion,
    Consultant,
    Consultation,
    Incident,
    PublishedAnswer,
    PublishedCall,
)
from avenant.references.reading import read, typeset_content

MOMENTS = {"ouverts": "Ouverts", "a-venir": "À venir", "clos": "Clos"}


def list_published(*, now: datetime, moment: str = "", text: str = "") -> QuerySet[PublishedCall]:
    """The calls that everybody reads: open at ``now``, to come, closed; « appel à candidatures » finds them too."""
    rows = PublishedCall.objects.select_related("owner", "territory").defer("rules")
    if moment == "ouverts":
        rows = rows.filter(Q(closes_at=None) | Q(closes_at__gt=now), opens_at__lte=now)
    elif moment == "a-venir":
        rows = rows.filter(opens_at__gt=now)
    elif moment == "clos":
        rows = rows.filter(closes_at__lte=now)
    for word in text.split():
        wanted = fold(word)
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(reference__icontains=word)
            | Q(territory__name__icontains=word)
            | Q(content__words__icontains=wanted)
        )
    return rows


def get_published(key: str) -> PublishedCall:
    """One published call; 404 for a draft as for what does not exist."""
    return get_object_or_404(PublishedCall.objects.select_related("owner", "territory"), key=key)


def list_answers(call: PublishedCall) -> QuerySet[PublishedAnswer]:
    """The questions answered to all, in order."""
    return PublishedAnswer.objects.filter(call=call)


def list_calls(actor: Actor) -> QuerySet[Call]:
    """The working files of the calls that I prepare or am consulted on."""
    return Call.objects.visible_to(actor).select_related("owner", "territory", "published")


def get_call(actor: Actor, call_id: uuid.UUID) -> Call:
    """The working file of a call; 404 outside its circle."""
    rows = Call.objects.visible_to(actor).select_related("owner", "territory", "published", "unit")
    return get_object_or_404(rows, pk=call_id)


def list_partners(actor: Actor, call: Call) -> list[CallPartner]:
    """The partners of a call."""
    return list(CallPartner.objects.visible_to(actor).filter(call=call).select_related("organisation", "unit"))


def list_consultations(actor: Actor, call: Call) -> list[Consultation]:
    """The opinions recorded on the criteria, by date."""
    return list(Consultation.objects.visible_to(actor).filter(call=call).select_related("organisation"))


def list_questions(actor: Actor, call: PublishedCall | None = None) -> QuerySet[CallQuestion]:
    """The questions that I asked, or that were asked of me."""
    rows = CallQuestion.objects.visible_to(actor).select_related("asker", "call")
    return rows.filter(call=call) if call else rows


def list_for_the_table() -> QuerySet[Any]:
    """The published calls for the national table, fictional ones left out; ``changed_at`` is that of their last version."""
    rows: QuerySet[Any] = PublishedCall.objects.filter(fictional=False).annotate(changed_at=Max("versions__at"))
    return rows.select_related("owner", "territory")


def list_incidents(actor: Actor, call: Call) -> list[Incident]:
    """The incidents put on record for a call."""
    return list(Incident.objects.visible_to(actor).filter(call=call))


def list_files(call: PublishedCall) -> QuerySet[CallFile]:
    """The official models of a call."""
    return CallFile.objects.filter(call=call)


def list_consultants(*, on: date, territory: str = "", text: str = "") -> QuerySet[Consultant]:
    """The consultants that applicants see: listed, and not past their last day."""
    rows = Consultant.objects.select_related("keeper", "territory").filter(listed_since__lte=on)
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=on))
    if territory:
        rows = rows.filter(territory=territory)
    for word in text.split():
        rows = rows.filter(Q(name__icontains=word) | Q(speciality__icontains=word))
    return rows


def list_kept_consultants(actor: Actor) -> QuerySet[Consultant]:
    """The whole directory of my fund, past lines included."""
    return Consultant.objects.filter(keeper_id=actor.organisation_id).select_related("territory")


def glossary() -> list[dict[str, Any]]:
    """The words of the calls, each with its source and its components."""
    return list(typeset_content(read("glossary"))["entry"])


def list_possible_partners(actor: Actor) -> QuerySet[Organisation]:
    """The fund and the labour directorate of the actor's region."""
    return Organisation.objects.filter(territory_id=actor.territory, kind__in=["fund", "labour"])


def book_of(call: Call) -> Rulebook:
    """The rulebook of a call being prepared, with the parameters changed so far."""
    book = rulebooks.load(call.rulebook)
    return book.with_parameters(call.parameters) if call.parameters else book


def strands_of(call: PublishedCall) -> list[dict[str, Any]]:
    """The priority strands of a call, each with its topics."""
    return list(call.content.get("strands", []))
