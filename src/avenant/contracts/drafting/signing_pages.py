"""What the pages of a signature show."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from avenant.contracts.drafting import checklist, policies, selectors
from avenant.contracts.drafting.models import UNSIGNED, Contract, FrozenText, Signature
from avenant.contracts.drafting.pages import life_of
from avenant.contracts.drafting.services.signing import act_of, reference_of, today_of
from avenant.contracts.drafting.text_pages import tabs
from avenant.domain.contracts.comparison import Comparison, compare
from avenant.foundations.journal import selectors as journal
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One party before one act: what it is asked, what it signed, what differs between the two."""

    row: Signature
    prefix: str
    changed: Comparison | None

    @property
    def reference(self) -> str:
        return reference_of(self.prefix, self.row.asked_sha256)


def signature_lines(actor: Actor, subject: uuid.UUID, prefix: str = "CONTRAT") -> list[SignatureLine]:
    """The signatures of an act, with the comparison for whoever signs again."""
    lines = []
    compared: dict[tuple[int, int], Comparison] = {}
    for one in selectors.list_signatures(actor, subject):
        changed = None
        if one.is_asked_again and one.signed_text is not None:
            key = (one.signed_text.pk, one.asked_text.pk)
            compared[key] = compared.get(key) or compare(one.signed_text.legal, one.asked_text.legal)
            changed = compared[key]
        lines.append(SignatureLine(one, prefix, changed))
    return lines


def bodies_of(actor: Actor, contract: Contract, at: datetime) -> list[tuple[str, str]]:
    """The bodies that a contract consults."""
    found = checklist.check(actor, contract, today_of(contract, at))
    return [(one.asked.key, one.asked.body) for one in found.consultations]


def subjects_of(actor: Actor, contract: Contract, at: datetime) -> list[tuple[str, str]]:
    """The plans with which the text of a contract must agree."""
    found = checklist.check(actor, contract, today_of(contract, at))
    return [(one.asked.key, one.asked.label) for one in found.checks]


@dataclass(frozen=True, slots=True)
class Step:
    """One dated step of the procedure, in words."""

    on: date
    label: str
    detail: str = ""


def procedure(actor: Actor, contract: Contract, lines: list[SignatureLine]) -> list[Step]:
    """What was done towards the signature, the first first: opinions, checks, texts opened, copies signed."""
    steps = [
        Step(one.heard_on, f"Consultation\u202f: {one.body}", f"avis {one.get_opinion_display()}")
        for one in selectors.list_consultations(actor, contract)
    ]
    steps += [
        Step(one.checked_on, f"Cohérence\u202f: {one.get_subject_display()}", one.get_result_display())
        for one in selectors.list_checks(actor, contract)
    ]
    frozen = FrozenText.objects.visible_to(actor).filter(subject=contract.pk)
    steps += [
        Step(today_of(contract, one.at), f"Version {rank} ouverte à la signature", one.sha256[:12].upper())
        for rank, one in enumerate(frozen.defer("content").order_by("at", "pk"), start=1)
    ]
    steps += [
        Step(one.row.signed_on, f"Signature\u202f: {one.row.party.organisation.short_name}", one.row.status)
        for one in lines
        if one.row.signed_on
    ]
    return sorted(steps, key=lambda one: one.on)


def signature_page(actor: Actor, contract: Contract, at: datetime) -> dict[str, Any]:
    """Everything that the page of a contract's signature shows."""
    today = today_of(contract, at)
    found = checklist.check(actor, contract, today)
    lines = signature_lines(actor, contract.pk) if contract.state != "draft" else []
    mine = next((one for one in lines if one.row.party.organisation_id == actor.organisation_id), None)
    leads = policies.may_lead_signature(actor, contract)
    may_open = may_advance(contract, "open_to_signature", actor) if leads.allowed else leads
    party = policies.party_of(actor, contract)
    return {
        "contract": contract,
        "tabs": tabs(actor, contract),
        "standing": contract.standing(today),
        "life": life_of(contract, today),
        "checklist": found,
        "lines": lines,
        "mine": mine,
        "party": party,
        "reference": act_of(actor, contract, at).reference(party) if party and contract.state == "to_sign" else "",
        "procedure": procedure(actor, contract, lines),
        "subjects": [(one.asked.key, one.asked.label) for one in found.checks],
        "may_check": policies.may_check(actor, contract),
        "consultations": selectors.list_consultations(actor, contract),
        "bodies": [(one.asked.key, one.asked.body) for one in found.consultations],
        "may_consult": may_advance(contract, "consult", actor) if leads.allowed else leads,
        "may_record": policies.may_record_consultation(actor, contract),
        "may_open": may_open if not may_open.allowed else policies.may_be_signed(found),
        "may_resume": may_advance(contract, "resume", actor) if leads.allowed else leads,
        "may_sign": policies.may_sign(actor, contract),
        "may_name": policies.may_name_representative(contract),
        "may_speak": policies.may_speak(actor, contract),
        "unsigned": contract.state in UNSIGNED,
        "due": journal.list_due_in_file(actor, contract.circle_id),
    }


def word_signed(contract: Contract) -> str:
    """What bringing a signed copy changed."""
    if contract.state == "in_force":
        return f"Toutes les parties ont signé\u202f: le contrat est en vigueur, {contract.term}."
    return "Votre exemplaire signé est au dossier. Les autres parties sont encore attendues."
