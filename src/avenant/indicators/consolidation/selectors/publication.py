"""The note to the social partners: the region's figures with no service named and no small count of persons."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from avenant.contracts.drafting import selectors as contracts
from avenant.domain.audiences import OrganisationKind
from avenant.domain.french import format_number, format_percentage
from avenant.domain.indicators import Catalogue, Collected, Component, Consolidated, Definition, Distribution, Total
from avenant.domain.indicators.definitions import ComponentType
from avenant.domain.indicators.rules import Reference
from avenant.domain.strands import strand_title
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.consolidation.models import CampaignAudit, Consolidation, Publication, PublicationBasis
from avenant.indicators.consolidation.records import consolidated_of
from avenant.indicators.consolidation.secrecy import WITHHELD, not_audited, withheld, withheld_rows
from avenant.indicators.consolidation.selectors.figures import list_figures


def list_publications(actor: Actor) -> QuerySet[Publication]:
    """The notes that I may read: the authorities' and the social partners' of the region."""
    return Publication.objects.visible_to(actor).select_related("territory", "organisation")


def get_publication(actor: Actor, publication_id: uuid.UUID) -> Publication:
    """One note; 404 outside its circle."""
    return get_object_or_404(list_publications(actor), pk=publication_id)


def list_partners(territory_id: str) -> list[Organisation]:
    """The organisations of social partners of a region."""
    return list(Organisation.objects.filter(territory_id=territory_id, kind=OrganisationKind.SOCIAL_PARTNERS))


@dataclass(frozen=True, slots=True)
class Note:
    """What a publication would tell, and by code the services that each told figure counts (never told)."""

    content: dict[str, Any]
    counted: dict[str, list[str]]
    cells: dict[str, list[int | None]]


def prepare_note(actor: Actor, campaign: Campaign) -> Note:
    """The note as it would be published now, compared with the last one of the same year."""
    settings = RegionSettings.objects.visible_to(actor).get(territory_id=campaign.territory_id)
    rows = list(list_figures(actor, campaign))
    catalogue = contracts.catalogue_for([row.definition for row in rows])
    results = {row.definition.code: consolidated_of(row) for row in rows}
    hidden = withheld(catalogue, results, floor=settings.benchmark_floor, small=settings.small_count)
    hidden |= not_audited(results, audited(actor, campaign))
    counted = {code: sorted(result.coverage.contributors) for code, result in results.items()}
    former = _former_basis(actor, campaign)
    strands: dict[str, list[dict[str, Any]]] = {}
    for definition in catalogue.definitions:
        result = results[definition.code]
        if _is_written(definition) or result.coverage.expected < settings.benchmark_floor:
            continue
        told = _Told(definition, result, hidden, settings.benchmark_floor, settings.small_count)
        parts = told.parts()
        if _gives_away(former.get(definition.code), counted[definition.code], settings.benchmark_floor):
            parts = [
                {"label": "", "words": f"{WITHHELD} (un service se lirait par différence avec la note précédente)"}
            ]
        strands.setdefault(definition.strand, []).append(
            {
                "code": definition.printed_code + ("*" if definition.in_dgt_survey else ""),
                "label": definition.label,
                "parts": parts,
                "coverage": result.coverage.text,
            }
        )
    content = {
        "year": campaign.year,
        "region": campaign.territory.name,
        "floors": f"Un chiffre de moins de {settings.benchmark_floor} services, un nombre de personnes inférieur à "
        f"{settings.small_count} et ce qui permettrait de le retrouver sont remplacés par « {WITHHELD} ».",
        "strands": [{"strand": strand_title(strand), "rows": lines} for strand, lines in sorted(strands.items())],
    }
    return Note(content, counted, _cells(results, hidden, content, catalogue))


def find_audit(actor: Actor, campaign: Campaign) -> CampaignAudit | None:
    """The joint audit of a campaign; None before its first consolidation."""
    return CampaignAudit.objects.visible_to(actor).filter(campaign=campaign).first()


def audited(actor: Actor, campaign: Campaign) -> frozenset[str]:
    """The regional cells that the joint audit lets anybody tell; none when it was made on other submissions."""
    row = find_audit(actor, campaign)
    made = Consolidation.objects.visible_to(actor).filter(campaign=campaign).first()
    fresh = row is not None and made is not None and row.fingerprint == made.fingerprint
    return frozenset(row.told) if row and fresh else frozenset()


def _cells(
    results: Mapping[str, Consolidated], hidden: frozenset[Reference], content: Mapping[str, Any], catalogue: Catalogue
) -> dict[str, list[int | None]]:
    """Each regional count as the note shows it (None: hidden) and as it is: what the next audit is tied to."""
    printed = {line["label"] for strand in content["strands"] for line in strand["rows"]}
    found: dict[str, list[int | None]] = {}
    for code, result in results.items():
        for key, part in result.parts.items():
            if isinstance(part, Total) and part.value is not None and part.value == int(part.value):
                shown = catalogue[code].label in printed and Reference(code, key) not in hidden
                found[f"{code}:{key}"] = [int(part.value) if shown else None, int(part.value)]
    return found


def _former_basis(actor: Actor, campaign: Campaign) -> Mapping[str, list[str]]:
    basis = (
        PublicationBasis.objects.visible_to(actor)
        .filter(publication__territory_id=campaign.territory_id, publication__year=campaign.year)
        .order_by("-publication__number")
        .first()
    )
    return basis.counted if basis else {}


def _gives_away(before: list[str] | None, now: list[str], floor: int) -> bool:
    """Would the difference between two notes be the figure of a handful of services."""
    return before is not None and 0 < len(set(before) ^ set(now)) < floor


def _is_written(definition: Definition) -> bool:
    """Texts and lists of one service each: nothing of them is an aggregate."""
    return all(
        one.type in (ComponentType.TEXT, ComponentType.DATE)
        or (one.type is ComponentType.LIST and not any(field.key == "count" for field in one.fields))
        for one in definition.components
        if not one.optional
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """One indicator as the social partners read it."""

    definition: Definition
    result: Consolidated
    hidden: frozenset[Reference]
    floor: int
    small: int

    def parts(self) -> list[dict[str, str]]:
        if not self.result.coverage.contributors:
            return [{"label": "", "words": "aucune réponse"}]
        if len(self.result.coverage.contributors) < self.floor:
            return [{"label": "", "words": f"{WITHHELD} (moins de {self.floor} services)"}]
        return [{"label": label, "words": words} for label, words in self._lines()]

    def _lines(self) -> Iterator[tuple[str, str]]:
        for key, part in self.result.parts.items():
            component = self.definition.component(key)
            if isinstance(part, Collected) or (component.optional and not part.coverage.contributors):
                continue
            label = component.label if len(self.definition.components) > 1 else ""
            if isinstance(part, Total):
                yield label, self._total(key, part)
            elif isinstance(part, Distribution):
                yield label, self._distribution(component, part)
        share = self.result.share
        if share and share.value is not None and not self.hidden & {self._one(key) for key in self.result.parts}:
            yield "Taux", format_percentage(share.value)

    def _one(self, key: str) -> Reference:
        return Reference(self.definition.code, key)

    def _total(self, key: str, part: Total) -> str:
        if self._one(key) in self.hidden:
            return WITHHELD
        return "aucune réponse" if part.value is None else format_number(part.value)

    def _distribution(self, component: Component, part: Distribution) -> str:
        if len(part.coverage.contributors) < self.floor:
            return f"{WITHHELD} (moins de {self.floor} services)"
        of_persons = component.type is ComponentType.LIST
        hidden = withheld_rows(part, small=self.small) if of_persons else frozenset()
        told = (
            f"{component.choice_label(key)} : {WITHHELD if key in hidden else format_number(count)}"
            for key, count in part.counts.items()
        )
        return " ; ".join(told)
