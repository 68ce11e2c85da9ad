"""Reads of amendments and of the end of a contract, actor first."""

from __future__ import annotations

import uuid
from datetime import date

from django.db.models import Q
from django.shortcuts import get_object_or_404

from avenant.contracts.amendments.models import Amendment, CourtRuling, Denunciation, Difficulty
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract, Provision
from avenant.domain.contracts import Clause, ClauseKind, LegalText
from avenant.domain.contracts.amending import ClauseChange, clashing
from avenant.domain.french import format_date
from avenant.foundations.parties.actors import Actor

NOTICE_MONTHS = 3
"""The notice of a termination when the text gives none (Martinique, titre III)."""


def list_amendments(actor: Actor, contract: Contract) -> list[Amendment]:
    """The amendments of a contract, by number."""
    return list(Amendment.objects.visible_to(actor).filter(contract=contract).order_by("number"))


def get_amendment(actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, *, lock: bool = False) -> Amendment:
    """One amendment of a contract of mine; 404 otherwise."""
    rows = Amendment.objects.visible_to(actor).filter(contract=contract_id).select_related("contract__territory")
    row: Amendment = get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=amendment_id)
    return row


def changes_of(amendment: Amendment) -> list[ClauseChange]:
    """What it does, clause by clause."""
    return [one.domain for one in amendment.changes.all()]


def clashes_of(actor: Actor, amendment: Amendment, day: date) -> list[tuple[Amendment, frozenset[str]]]:
    """The other amendments not yet applied that touch a clause that this one touches, with these clauses."""
    clauses = [one.legal for one in drafting.clauses_on(actor, amendment.contract, day)]
    mine = changes_of(amendment)
    others = Amendment.objects.visible_to(actor).filter(contract=amendment.contract, state__in=["to_sign", "signed"])
    found = []
    for one in others.exclude(pk=amendment.pk).prefetch_related("changes"):
        keys = clashing(clauses, mine, changes_of(one))
        if keys:
            found.append((one, keys))
    return found


def annexes_also_changed(actor: Actor, amendment: Amendment) -> list[Amendment]:
    """The other amendments not yet applied that touch an annex, or an indicator, that this one touches."""
    keys = list(amendment.annexes.values_list("key", flat=True))
    codes = list(amendment.indicators.values_list("code", flat=True))
    others = Amendment.objects.visible_to(actor).filter(contract=amendment.contract, state__in=["to_sign", "signed"])
    both = Q(annexes__key__in=keys) | Q(indicators__code__in=codes)
    return list(others.exclude(pk=amendment.pk).filter(both).distinct())


def amendment_text(actor: Actor, amendment: Amendment, day: date) -> LegalText:
    """What the parties of an amendment sign: its object, when it applies, each thing that it changes."""
    contract = amendment.contract
    parties = contract.parties.select_related("organisation").all()
    successors = {one.party_id: one for one in amendment.party_changes.select_related("organisation")}
    clauses = [Clause("objet", ClauseKind.ARTICLE, "Objet", amendment.get_kind_display(), amendment.title)]
    when = f"Le {format_date(amendment.effective_on)}" if amendment.effective_on else "À la dernière signature"
    if amendment.retroactive_reason:
        when += f", date antérieure à la signature, parce que\u202f: {amendment.retroactive_reason}"
    clauses.append(Clause("prise-d-effet", ClauseKind.ARTICLE, "Prise d’effet", "", f"{when}.", position=1))
    if amendment.conditions:
        clauses.append(
            Clause(
                "conditions", ClauseKind.ARTICLE, "Conditions", "de la coopération", amendment.conditions, position=2
            )
        )
    if amendment.new_ends_on:
        said = f"Le contrat prend fin le {format_date(amendment.new_ends_on)}."
        clauses.append(Clause("duree", ClauseKind.ARTICLE, "Durée", "", said, position=3))
    for rank, one in enumerate(amendment.changes.all(), start=10):
        clauses.append(
            Clause(
                f"modification-{one.clause_key}"[:80], ClauseKind.ARTICLE, one.number,
                f"{one.heading} ({one.get_verb_display()})".strip(), one.body, position=rank,
                details={"verb": one.verb, "clause": one.clause_key, "parent": one.parent_key},
            )
        )  # fmt: skip
    for rank, target in enumerate(amendment.targets.select_related("promise__definition"), start=1000):
        said = ", ".join(f"{year}\u202f: {aim}" for year, aim in sorted(target.targets.items()))
        code = target.promise.definition.code
        clauses.append(Clause(f"cible-{rank}", ClauseKind.ARTICLE, "Cibles", code, said, position=rank))
    for rank, indicator in enumerate(amendment.indicators.all(), start=1500):
        details = {"added": indicator.added} if indicator.is_added else {}
        clauses.append(
            Clause(
                f"indicateur-{rank}", ClauseKind.ARTICLE, "Indicateur", str(indicator), f"{indicator.said}.",
                position=rank, details=details,
            )
        )  # fmt: skip
    for rank, annex in enumerate(amendment.annexes.select_related("document"), start=1800):
        sha256 = annex.document.sha256 if annex.document else ""
        said = f"{annex.get_act_display().capitalize()}." + (f" Empreinte du fichier\u202f: {sha256}" if sha256 else "")
        clauses.append(Clause(f"annexe-{rank}", ClauseKind.ARTICLE, "Annexe", str(annex), said, position=rank))
    for rank, change in enumerate(successors.values(), start=2000):
        said = f"{change.organisation.name} remplace {change.party.organisation.name}\u202f: {change.reason}."
        clauses.append(Clause(f"partie-{rank}", ClauseKind.ARTICLE, "Partie", "", said, position=rank))
    return LegalText(
        title=f"Avenant n° {amendment.number} au contrat {contract.title}",
        parties=tuple(drafting.designation(one, day) for one in parties),
        clauses=tuple(clauses),
        starts_on=amendment.effective_on,
        ends_on=amendment.new_ends_on,
    )


def notice_months(actor: Actor, contract: Contract) -> int:
    """The months of notice of a termination signed by all."""
    rows = drafting.list_provisions(actor, contract, [Provision.Kind.TERMINATION])
    said = (one.content.get("notice_months") for one in rows if one.content.get("by") == "all")
    return next((int(one) for one in said if one), NOTICE_MONTHS)


def get_difficulty(actor: Actor, contract: Contract, difficulty_id: int) -> Difficulty:
    """One difficulty of a contract's register; 404 when it is of another."""
    return get_object_or_404(Difficulty.objects.visible_to(actor).filter(contract=contract), pk=difficulty_id)


def list_difficulties(actor: Actor, contract: Contract) -> list[Difficulty]:
    """The register of difficulties, the oldest first, with what was tried."""
    rows = Difficulty.objects.visible_to(actor).filter(contract=contract)
    return list(rows.select_related("raised_by").prefetch_related("steps").order_by("raised_on", "pk"))


def list_rulings(actor: Actor, contract: Contract) -> list[CourtRuling]:
    """What courts decided, the first first."""
    rows = CourtRuling.objects.visible_to(actor).filter(contract=contract)
    return list(rows.select_related("difficulty").order_by("ruled_on", "pk"))


def denunciation_of(actor: Actor, contract: Contract) -> Denunciation | None:
    """The denunciation of a contract, with its letters."""
    rows = Denunciation.objects.visible_to(actor).filter(contract=contract).select_related("author__organisation")
    return rows.prefetch_related("letters__party__organisation").first()
