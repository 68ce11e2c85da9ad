"""Verdicts on an aid that its funder has corrected or withdrawn since: what was judged stays readable, and is asked again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from avenant.domain.french import format_date, format_euros, typeset
from avenant.funding.reviews.models import DoubleVerdict, Instruction, PartnerAid

AID, WITHDRAWN = "aid:", "withdrawn:"
"""What a verdict names: an aid as it was told, or its withdrawal."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """A verdict, the aid as it was when it was given, and what the aid is now: corrected, or withdrawn.

    ``counts``: the instruction was concluded on it before the aid changed, and what was concluded does not change by itself.
    """

    verdict: DoubleVerdict
    judged: PartnerAid
    now: PartnerAid
    counts: bool

    @property
    def other(self) -> str:
        """What a new verdict names."""
        return f"{WITHDRAWN if self.now.withdrawn else AID}{self.now.pk}"

    @property
    def judged_words(self) -> str:
        """What was judged, as it was told that day."""
        return aid_words(self.judged)

    @property
    def what_changed(self) -> str:
        """When the aid that was judged changed, and why, in words."""
        return what_changed(self.judged)


def aid_words(one: PartnerAid) -> str:
    """An aid in one line: its money, its expense, how much, when, by whom."""
    whole = one.cost is not None and one.cost == one.amount
    share = ", en entier" if whole else f" sur {format_euros(one.cost)}" if one.cost else ""
    return typeset(
        f"{one.money} : {one.label}, {format_euros(one.amount)}{share}, le {format_date(one.on)} ({one.owner.short_name})"
    )


def what_changed(ended: PartnerAid) -> str:
    """When an aid was corrected or withdrawn, by whom and why. Read with ``owner__territory``."""
    if ended.ended_on is None:
        return ""
    word, reason = "Retirée" if ended.withdrawn else "Corrigée", ended.ended_reason.rstrip(".")
    return typeset(f"{word} par {ended.owner.short_name} le {format_date(ended.ended_on)} : « {reason} ».")


def latest(aid: PartnerAid, told: Mapping[uuid.UUID, PartnerAid]) -> PartnerAid:
    """What an aid is now, after its corrections."""
    while aid.next_id is not None:
        aid = told[aid.next_id]
    return aid


def sort_out(
    instruction: Instruction, verdicts: Iterable[DoubleVerdict], told: Iterable[PartnerAid]
) -> tuple[list[DoubleVerdict], list[Outdated]]:
    """The verdicts on what is still told, and those on an aid of ``told`` that was ended since, oldest first."""
    aids = {one.pk: one for one in told}
    ended = {f"{AID}{one.pk}": one for one in aids.values() if one.ended_at is not None}
    listed = sorted(verdicts, key=lambda one: one.at)
    since = concluded_at(instruction)
    outdated = []
    for one in listed:
        if (judged := ended.get(one.other)) is not None and judged.ended_at is not None:
            counts = since is not None and judged.ended_at > since
            outdated.append(Outdated(one, judged, latest(judged, aids), counts))
    return [one for one in listed if one.other not in ended], outdated


def concluded_at(instruction: Instruction) -> datetime | None:
    """When an instruction was concluded; None while it is under way."""
    return instruction.state_since if instruction.state == "examined" else None


def lines_funded_elsewhere(instruction: Instruction) -> QuerySet[DoubleVerdict]:
    """The verdicts that exclude an expense: those on what is still told, and those that a conclusion stands on."""
    ended = PartnerAid.objects.filter(
        establishment_id=instruction.dossier.establishment_id, ended_at__isnull=False
    ).annotate(key=Concat(Value(AID), Cast("pk", TextField()), output_field=TextField()))
    if (since := concluded_at(instruction)) is not None:
        ended = ended.filter(ended_at__lte=since)
    return DoubleVerdict.objects.filter(instruction=instruction, same=True).exclude(other__in=ended.values("key"))
