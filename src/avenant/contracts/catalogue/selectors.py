"""Reads of the catalogue, actor first."""

from __future__ import annotations

import unicodedata

from django.db.models import QuerySet
from django.http import Http404

from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.contracts.catalogue.records import set_of
from avenant.domain.indicators.rules import Rule
from avenant.foundations.parties.actors import Actor


def list_definitions(actor: Actor) -> QuerySet[DefinitionRecord]:
    """The latest version of each definition: national, and local to my circles."""
    latest = DefinitionRecord.objects.visible_to(actor).order_by("code", "-version").distinct("code")
    return DefinitionRecord.objects.filter(pk__in=latest.values("pk")).select_related("set")


def list_versions(actor: Actor, code: str) -> list[DefinitionRecord]:
    """Every version of a definition, latest first; 404 when I cannot see it."""
    versions = list(
        DefinitionRecord.objects.visible_to(actor).filter(code=code).select_related("set").order_by("-version")
    )
    if not versions:
        raise Http404
    return versions


def list_sets(actor: Actor) -> QuerySet[IndicatorSet]:
    """The sets that hold definitions I may read."""
    return IndicatorSet.objects.visible_to(actor).filter(definitions__isnull=False).distinct()


def rules_about(actor: Actor, code: str) -> list[Rule]:
    """The consistency rules that speak of an indicator, from every set I may read."""
    return [rule for one in list_sets(actor) for rule in set_of(one).rules if code in rule.subjects]


def fold(text: str) -> str:
    """A text without case, accents or typography: « Désinsertion » is found by « desinsertion »."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(one for one in decomposed if not unicodedata.combining(one)).split())
