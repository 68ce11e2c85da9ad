from __future__ import annotations

import json
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.urls import reverse

from avenant.domain.indicators.definitions import Provider, Scope
from avenant.foundations.parties.models import Circle, CircleMember

if TYPE_CHECKING:
    from avenant.foundations.parties.actors import Actor

Row = TypeVar("Row", bound=models.Model)


@lru_cache(maxsize=2048)
def _decoded(text: str) -> Any:
    return json.loads(text)


class TextOfReference(models.JSONField):
    """A JSON content that many rows repeat and nobody changes once read: the same text is decoded once."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return _decoded(value) if isinstance(value, str) else super().from_db_value(value, expression, connection)

    def deconstruct(self) -> Any:
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options


class SharedOrCircleQuerySet(models.QuerySet[Row]):
    """Rows that everybody reads, or that belong to a circle."""

    def visible_to(self, actor: Actor) -> Self:
        """What is national, and what is local to a circle of my organisation."""
        mine = CircleMember.objects.filter(
            circle_id=models.OuterRef("circle_id"), organisation_id=actor.organisation_id
        )
        return self.filter(models.Q(circle=None) | models.Exists(mine))


class IndicatorSet(models.Model):
    """The indicators that one text asks for: national, or local to one contract (then read in its circle only)."""

    code = models.SlugField("code", max_length=40, primary_key=True)
    circle = models.ForeignKey(Circle, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cercle")
    label = models.CharField("intitulé", max_length=250)
    scope = models.CharField("portée", max_length=10, choices=[(scope.value, scope.value) for scope in Scope])
    source = models.CharField("source", max_length=300)
    content = TextOfReference(
        "contenu", default=dict, help_text="the set as its reference file states it, rules included"
    )

    objects = SharedOrCircleQuerySet.as_manager()

    class Meta:
        verbose_name = "jeu d’indicateurs"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label


class DefinitionRecord(models.Model):
    """One dated version of a definition. Two versions are never compared without saying so."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    circle = models.ForeignKey(Circle, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cercle")
    set = models.ForeignKey(IndicatorSet, models.PROTECT, related_name="definitions", verbose_name="jeu")
    code = models.CharField("code", max_length=40)
    version = models.PositiveSmallIntegerField("version", default=1)
    printed_code = models.CharField("code imprimé", max_length=20)
    label = models.TextField("libellé")
    strand = models.CharField("volet", max_length=20)
    position = models.PositiveSmallIntegerField("rang")
    provider = models.CharField("fournisseur", max_length=20, choices=[(one.value, one.label) for one in Provider])
    in_dgt_survey = models.BooleanField("enquête DGT", default=False)
    valid_from = models.DateField("valable du")
    valid_to = models.DateField("au", null=True, blank=True)
    content = TextOfReference("contenu", help_text="the definition as its reference file states it")

    objects = SharedOrCircleQuerySet.as_manager()

    class Meta:
        verbose_name = "définition"
        ordering = ["set", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="catalogue_definition_unique_version",
                violation_error_message="Cette version de la définition existe déjà.",
            ),
            models.CheckConstraint(
                name="catalogue_definition_valid_period",
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                violation_error_message="La fin de validité suit son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.printed_code} {self.label}"

    def page(self) -> str:
        return reverse("catalogue:definition", args=[self.code])
