"""The facts of dossiers under examination: what the authority knows beside what was handed in."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

from django.db.models import Count, Q

from avenant.domain.rules.facts import Facts
from avenant.domain.rules.rulebook import Rulebook
from avenant.funding.dossiers.earlier import counts_earlier_aids, list_earlier_aids
from avenant.funding.dossiers.facts import OPINIONS
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import OpinionAsked

Told = Mapping[uuid.UUID, tuple[Rulebook, Facts]]


def add_what_is_known(told: Told, dossiers: Mapping[uuid.UUID, Dossier]) -> dict[uuid.UUID, tuple[Rulebook, Facts]]:
    """The same facts, with the aids that the beneficiary and its group already received, where a rule adds them up, and the
    number of opinions given, where a rule counts them. Dossiers of calls that do neither are not read again."""
    summed = [dossiers[pk] for pk, (book, _) in told.items() if counts_earlier_aids(book)]
    heard = [pk for pk, (book, _) in told.items() if OPINIONS in book.vocabulary.measures]
    aids = list_earlier_aids(summed) if summed else {}
    given = dict.fromkeys(heard, 0)
    if heard:
        asked = OpinionAsked.objects.filter(instruction__dossier__in=heard).values("instruction__dossier").order_by()
        counts = asked.annotate(given=Count("pk", filter=Q(given_at__isnull=False)))
        given |= dict(counts.values_list("instruction__dossier", "given"))
    return {
        pk: (
            book,
            dataclasses.replace(
                facts,
                earlier_aids=aids.get(pk, facts.earlier_aids),
                measures={**facts.measures, **({OPINIONS: given[pk]} if pk in given else {})},
            )
            if pk in aids or pk in given
            else facts,
        )
        for pk, (book, facts) in told.items()
    }
