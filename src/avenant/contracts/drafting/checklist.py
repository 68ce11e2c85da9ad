"""What a contract must hold before it is signed: clauses with their legal basis, consultations, what is coherent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from avenant.contracts.drafting import selectors
from avenant.contracts.drafting.models import Clause, ConsistencyCheck, Consultation, Contract, Provision, ServiceLever
from avenant.domain.contracts import ClauseKind
from avenant.domain.folding import fold
from avenant.domain.french import format_date
from avenant.foundations.parties.actors import Actor
from avenant.references.contract_texts.templates import (
    AskedCheck,
    AskedClause,
    AskedConsultation,
    ContractTemplate,
    Requirement,
    contract_template_keys,
    load_contract_template,
)

_ONE_OF_A_KIND: Final = frozenset({ClauseKind.PREAMBLE.value, ClauseKind.SIGNATURE.value})
_SHEETS: Final = frozenset({ClauseKind.SHEET.value, ClauseKind.ACTION.value, ClauseKind.OBJECTIVE.value})


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One clause that the template asks, and the clause of the text that answers it."""

    asked: AskedClause
    found: Clause | None

    @property
    def blocking(self) -> bool:
        return self.found is None and self.asked.requirement is Requirement.REQUIRED

    @property
    def word(self) -> str:
        if self.found is not None:
            return "présente"
        return {
            Requirement.REQUIRED: "obligatoire, absente",
            Requirement.EXPECTED: "attendue, absente",
            Requirement.OPTIONAL: "facultative",
        }[self.asked.requirement]

    @property
    def tone(self) -> str:
        if self.found is not None:
            return "good"
        return {Requirement.REQUIRED: "bad", Requirement.EXPECTED: "warn"}.get(self.asked.requirement, "")


@dataclass(frozen=True, slots=True)
class ConsultationLine:
    """A body that the law has heard before the signature, and when it was."""

    asked: AskedConsultation
    heard: Consultation | None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A plan with which the text must agree, and what was found."""

    asked: AskedCheck
    found: ConsistencyCheck | None

    @property
    def blocking(self) -> bool:
        if not self.asked.required:
            return False
        return self.found is None or self.found.result != ConsistencyCheck.Result.CONSISTENT

    @property
    def tone(self) -> str:
        if self.found is None:
            return "warn" if self.asked.required else ""
        return "good" if self.found.result == ConsistencyCheck.Result.CONSISTENT else "bad"


@dataclass(frozen=True)
class Checklist:
    """The whole checklist of a contract on a day; ``template`` is None when none is kept for its kind."""

    template: ContractTemplate | None
    clauses: list[ClauseLine] = field(default_factory=list)
    consultations: list[ConsultationLine] = field(default_factory=list)
    coherence: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    checks: list[CheckLine] = field(default_factory=list)
    unpiloted: list[str] = field(default_factory=list)

    @cached_property
    def missing(self) -> list[str]:
        """Why it cannot be signed yet, one sentence each."""
        found = [
            f"clause obligatoire absente\u202f: {one.asked.label} ({one.asked.basis})"
            for one in self.clauses
            if one.blocking
        ]
        found += [
            f"consultation absente\u202f: {one.asked.body} ({one.asked.basis})"
            for one in self.consultations
            if one.heard is None
        ]
        found += [
            f"cohérence {'à reprendre' if one.found else 'à contrôler'}\u202f: {one.asked.label} ({one.asked.basis})"
            for one in self.checks
            if one.blocking
        ]
        return found + [f"action sans partie responsable\u202f: {one}" for one in self.unpiloted]

    @property
    def silent(self) -> list[ClauseLine]:
        """The clauses that the text does not have and that the template expects: each with the platform's default."""
        return [one for one in self.clauses if one.found is None and one.asked.requirement is Requirement.EXPECTED]


def template_of(contract: Contract) -> ContractTemplate | None:
    """The template from which a contract was drafted, else the one kept for its kind."""
    keys = contract_template_keys()
    if contract.template in keys:
        return load_contract_template(contract.template)
    return next((one for one in map(load_contract_template, keys) if one.kind == contract.kind), None)


def check(actor: Actor, contract: Contract, today: date) -> Checklist:
    """The checklist of a contract as it stands."""
    template = template_of(contract)
    clauses = selectors.clauses_on(actor, contract, today)
    coherence = _coherence(actor, contract, today)
    if template is None:
        return Checklist(None, coherence=coherence)
    heard = {one.body_key: one for one in selectors.list_consultations(actor, contract)}
    asked = {one.key: one for one in template.consultations}
    for row in selectors.list_provisions(actor, contract, [Provision.Kind.CONSULTATION]):
        said = row.content
        asked.setdefault(row.key, AskedConsultation(row.key, said["body"], said.get("basis", "")))
    found = {one.subject: one for one in selectors.list_checks(actor, contract)}
    return Checklist(
        template,
        [ClauseLine(one, _answer(one, clauses)) for one in template.clauses],
        [ConsultationLine(one, heard.get(one.key)) for one in asked.values()],
        coherence,
        _strands_without_sheet(clauses),
        [CheckLine(one, found.get(one.key)) for one in template.checks],
        _without_pilot(clauses),
    )


def _answer(asked: AskedClause, clauses: list[Clause]) -> Clause | None:
    """The clause of the text that answers one of the template: by its key, its kind when it is alone, else its words."""
    parents = {one.parent_key for one in clauses}
    written = [one for one in clauses if one.body.strip() or one.key in parents]
    for one in written:
        if one.key == asked.key:
            return one
    if asked.kind.value in _ONE_OF_A_KIND:
        return next((one for one in written if one.kind == asked.kind.value), None)
    words = fold(asked.label).replace(",", " ").split()
    wanted = " ".join(words[:2]) if asked.kind.value == ClauseKind.STRAND else words[0]
    return next(
        (one for one in written if one.kind != ClauseKind.COMMITMENT and wanted in fold(f"{one.number} {one.heading}")),
        None,
    )


def _strands_without_sheet(clauses: list[Clause]) -> list[str]:
    inside = {one.parent_key for one in clauses if one.kind in _SHEETS}
    strands = [one for one in clauses if one.kind == ClauseKind.STRAND]
    return [f"{one} n’a pas de fiche action" for one in strands if one.key not in inside]


def _without_pilot(clauses: list[Clause]) -> list[str]:
    """The sheets and actions of a strand that no party answers for, itself or through the sheet in which it stands."""
    by_key = {one.key: one for one in clauses}
    found = []
    for one in clauses:
        if one.kind not in {ClauseKind.SHEET.value, ClauseKind.ACTION.value}:
            continue
        line, parent = [one], by_key.get(one.parent_key)
        while parent is not None and parent not in line:
            line.append(parent)
            parent = by_key.get(parent.parent_key)
        in_a_strand = any(above.kind == ClauseKind.STRAND for above in line)
        if in_a_strand and not any(above.details.get("pilot") for above in line):
            found.append(str(one))
    return found


def _coherence(actor: Actor, contract: Contract, today: date) -> list[str]:
    """What the labour directorate checks before signature: plans, accreditation, project (S1-III.D-04, S1-III.D-05)."""
    frameworks = list(selectors.list_frameworks(actor, contract))
    names = {fold(one.framework.label) for one in frameworks} | {one.framework.family for one in frameworks}
    found = [
        f"Aucun objectif n’est rattaché au {wanted.upper()}."
        for wanted in ("pst", "prst")
        if not any(wanted in one for one in names)
    ]
    for link in frameworks:
        last = link.framework.ends_on
        if last and last < (contract.starts_on or today):
            found.append(f"{link.framework.label} est échu depuis le {format_date(last)}.")
    levers = list(selectors.list_levers(actor, contract))
    accreditations = [one for one in levers if one.kind == ServiceLever.Kind.ACCREDITATION]
    if not accreditations and contract.kind == Contract.Kind.CPOM_SERVICE:
        found.append("L’agrément du service n’est pas renseigné.")
    found += [
        f"{one.label} est échu depuis le {format_date(one.ends_on)}."
        for one in levers
        if one.ends_on and one.ends_on < today
    ]
    return found
