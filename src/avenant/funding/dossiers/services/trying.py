"""Other parameters tried on the dossiers handed in to a call: what would change, before anything is published."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform

from avenant.domain.decision import DomainError
from avenant.domain.money import ZERO
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Evaluation, Outcome
from avenant.domain.rules.parameters import BadParameter
from avenant.domain.rules.reading import read
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import open_circle
from avenant.funding.calls import policies
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers import tasks
from avenant.funding.dossiers.models import Submission, WhatIf, WhatIfLine

AT_ONCE = 500
REFUSED = {Outcome.FAIL.value}


@transaction.atomic
def ask_what_if(*, actor: Actor, call: PublishedCall, values: Mapping[str, Any], at: datetime) -> WhatIf:
    """Ask what other parameters would make of the dossiers of a call; a job answers. Raises BadParameter on a value out
    of its bounds, DomainError when nothing changes."""
    policies.may_try_rules(actor, call.owner_id).or_raise()
    book = call.book()
    if _changed(book, values).digest == book.digest:
        raise DomainError("Changez au moins un paramètre : aucune règle n’est différente.", code="same")
    circle = open_circle(
        kind="essay", title=f"Essai de règles, {call}"[:250], members={actor.organisation_id: "autorité"}
    )
    essay = WhatIf.objects.create(
        circle_id=circle, call=call, parameters=dict(values), asked_at=at, person_id=actor.person_id
    )
    tasks.try_rules.defer(essay_id=str(essay.pk))
    return essay


def _changed(book: Rulebook, values: Mapping[str, Any]) -> Rulebook:
    try:
        return book.with_parameters(dict(values))
    except KeyError as error:
        raise BadParameter(f"le paramètre {error} n'existe pas dans ce règlement.") from None


class Kept(NamedTuple):
    """What a dossier said and what the rules answered on its deposit."""

    dossier_id: uuid.UUID
    facts: Any
    digest: str
    outcome: str
    grant: str | None


def answer_what_if(*, essay_id: uuid.UUID, at: datetime) -> WhatIf:
    """Evaluate every dossier handed in under the parameters tried, a few hundred at a time so that progress shows.

    The changed dossiers alone are kept. Run twice it starts again. A job: it reads every dossier of the call.
    """
    essay = WhatIf.objects.select_related("call").get(pk=essay_id)
    if essay.finished_at is not None:
        return essay
    before = essay.call.book()
    after = _changed(before, essay.parameters)
    rows = Submission.objects.filter(dossier__call=essay.call).exclude(dossier__state="withdrawn")
    WhatIfLine.objects.filter(essay=essay).delete()
    totals = {"grant_before": ZERO, "grant_after": ZERO, "refused_before": 0, "refused_after": 0}
    WhatIf.objects.filter(pk=essay.pk).update(total=rows.count(), done=0)
    left = _kept(rows)
    while some := list(islice(left, AT_ONCE)):
        lines = [_line(essay, one, before, after, totals) for one in some]
        WhatIfLine.objects.bulk_create([one for one in lines if one is not None])
        WhatIf.objects.filter(pk=essay.pk).update(done=F("done") + len(some))
    WhatIf.objects.filter(pk=essay.pk).update(finished_at=at, **totals)
    essay.refresh_from_db()
    return essay


def _kept(rows: Any) -> Iterator[Kept]:
    told = rows.order_by("pk").values_list(
        "dossier_id", "facts", "digest", KeyTextTransform("outcome", "findings"), KeyTextTransform("grant", "findings")
    )
    return (Kept(*one) for one in told.iterator(chunk_size=AT_ONCE))


def _line(essay: WhatIf, kept: Kept, before: Rulebook, after: Rulebook, totals: dict[str, Any]) -> WhatIfLine | None:
    facts = read(Facts, kept.facts)
    new = evaluate(after, facts)
    old: Evaluation | None = None
    outcome, grant = kept.outcome, Decimal(kept.grant) if kept.grant is not None else None
    if kept.digest != before.digest:  # handed in under an earlier version: today's rules are what would change
        old = evaluate(before, facts)
        outcome, grant = old.outcome.value, old.grant
    totals["grant_before"] += grant or ZERO
    totals["grant_after"] += new.grant or ZERO
    totals["refused_before"] += outcome in REFUSED
    totals["refused_after"] += new.outcome.value in REFUSED
    if (outcome, grant) == (new.outcome.value, new.grant):
        return None
    return WhatIfLine(
        circle_id=essay.circle_id, essay=essay, dossier_id=kept.dossier_id, before=outcome, after=new.outcome.value,
        grant_before=grant, grant_after=new.grant, rules=_moved(old or evaluate(before, facts), new),
    )  # fmt: skip


def _moved(old: Evaluation, new: Evaluation) -> list[str]:
    """The rules whose answer is another one, or that computed another amount."""
    gone = {(one.rule, one.subject): (one.outcome, one.amounts) for one in old.findings}
    come = {(one.rule, one.subject): (one.outcome, one.amounts) for one in new.findings}
    return sorted({place[0] for place in gone.keys() | come.keys() if gone.get(place) != come.get(place)})
