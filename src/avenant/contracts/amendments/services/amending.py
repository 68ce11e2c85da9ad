"""An amendment is drafted clause by clause, opened to signature, signed by all the parties."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.shortcuts import get_object_or_404

from avenant.contracts.amendments import policies, selectors
from avenant.contracts.amendments.models import AmendedTarget, Amendment, AmendmentChange, PartyChange
from avenant.contracts.amendments.services.applying import enact
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services import Act, Paper
from avenant.contracts.drafting.services.promises import targets_of
from avenant.contracts.drafting.services.signing import ask_signatures, cancel_signatures, take_signature, today_of
from avenant.domain.contracts import ClauseKind, earliest_end, fingerprint_of
from avenant.domain.contracts.amending import Verb
from avenant.domain.decision import Decision, DomainError
from avenant.domain.french import format_date
from avenant.foundations.journal.states import advance, may_advance, record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.foundations.parties.services import admit_to_circle

WRITING: Final = frozenset({Verb.ADD, Verb.REWRITE})
OWN: Final = 1000
"""From this rank on, what was read out of a clause (commitments, tables), after the clauses that it prints."""


@dataclass(frozen=True, slots=True)
class AmendmentDraft:
    """The head of an amendment. ``effective_on`` None: from the last signature (a termination: after its notice)."""

    kind: Amendment.Kind
    title: str
    effective_on: date | None = None
    retroactive_reason: str = ""
    conditions: str = ""
    new_ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """What is done to one clause; for an addition ``clause_key`` is the clause in which it stands."""

    verb: Verb
    clause_key: str
    number: str = ""
    heading: str = ""
    body: str = ""
    base: str = ""


@transaction.atomic
def draft_amendment(*, actor: Actor, contract_id: uuid.UUID, draft: AmendmentDraft, at: datetime) -> Amendment:
    """Open an amendment in preparation.

    Raises DomainError for a day in the past that the parties do not explain, new actions without the conditions of the
    cooperation (S0-9-01), a new end that is none, a termination before its notice (S0-T3-04).
    """
    contract = drafting.get_contract(actor, contract_id, lock=True)
    today = today_of(contract, at)
    policies.may_amend(actor, contract, today).or_raise()
    _check_head(actor, contract, draft, today)
    last = Amendment.objects.filter(contract=contract).aggregate(last=Max("number"))["last"] or 0
    amendment = Amendment.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        number=last + 1,
        kind=draft.kind,
        title=draft.title.strip(),
        conditions=draft.conditions.strip(),
        effective_on=draft.effective_on,
        retroactive_reason=draft.retroactive_reason.strip(),
        new_ends_on=draft.new_ends_on,
        state=Amendment.lifecycle.start,
        state_since=at,
    )
    _record(amendment, "drafted", f"En préparation\u202f: {amendment}", actor, at)
    return amendment


def _check_head(actor: Actor, contract: Contract, draft: AmendmentDraft, today: date) -> None:
    effect, kind = draft.effective_on, Amendment.Kind(draft.kind)
    if effect and effect < today and not draft.retroactive_reason.strip():
        raise DomainError(
            f"Le {format_date(effect)} est passé\u202f: choisissez une date à venir, ou dites pourquoi les parties "
            "veulent un effet antérieur."
        )
    if effect and contract.starts_on and effect <= contract.starts_on:
        raise DomainError(f"Un avenant prend effet après le début du contrat, le {format_date(contract.starts_on)}.")
    if effect and contract.ends_on and effect > contract.ends_on and kind is not Amendment.Kind.TERMINATION:
        raise DomainError(
            f"Le contrat prend fin le {format_date(contract.ends_on)}\u202f: l’avenant prend effet avant."
        )
    if kind is Amendment.Kind.ACTIONS and not draft.conditions.strip():
        raise DomainError("Des actions nouvelles demandent les conditions de la coopération entre les parties.")
    if kind is Amendment.Kind.DURATION and (
        draft.new_ends_on is None or draft.new_ends_on == contract.ends_on or draft.new_ends_on < today
    ):
        raise DomainError("Donnez le nouveau dernier jour du contrat, différent de l’actuel et pas encore passé.")
    if kind is not Amendment.Kind.DURATION and draft.new_ends_on is not None:
        raise DomainError("Seul un avenant de durée change le dernier jour du contrat.")
    if kind is Amendment.Kind.TERMINATION:
        check_notice(actor, contract, effect, today)


def check_notice(actor: Actor, contract: Contract, effect: date | None, last_signature: date) -> None:
    """A termination never takes effect before its notice has run (S0-T3-04). Raises DomainError with the first day."""
    months = selectors.notice_months(actor, contract)
    earliest = earliest_end(last_signature, months)
    if effect is not None and effect < earliest:
        raise DomainError(
            f"Signée le {format_date(last_signature)}, la résiliation ne prend effet qu’au bout de {months} mois\u202f: "
            f"le {format_date(earliest)} au plus tôt."
        )


@transaction.atomic
def change_clause(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, change: ChangeDraft, at: datetime
) -> AmendmentChange:
    """Say what the amendment does to one clause; said again, the later stands.

    Raises DomainError for a clause that is not in the contract, or that changed since its writer read it.
    """
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    contract = amendment.contract
    day = max(amendment.effective_on or today_of(contract, at), today_of(contract, at))
    clauses = {one.key: one for one in drafting.clauses_on(actor, contract, day)}
    target = clauses.get(change.clause_key)
    if target is None and (change.clause_key or change.verb is not Verb.ADD):
        raise DomainError("Cette clause n’est pas dans le contrat à la date d’effet. Choisissez-la dans la liste.")
    current = fingerprint_of(target.legal) if target else ""
    if change.base and change.base != current:
        raise DomainError("Cette clause a changé pendant votre saisie. Relisez-la, puis enregistrez de nouveau.")
    if change.verb in WRITING and not (change.heading.strip() or change.body.strip()):
        raise DomainError("Donnez le texte de la clause telle qu’elle se lira après l’avenant.")
    values: dict[str, object] = {"circle_id": contract.circle_id, "verb": change.verb.value, "base": current}
    if target is None or change.verb is Verb.ADD:
        key = f"avenant-{amendment.number}-{uuid.uuid4().hex[:8]}"
        ranks = [one.position for one in clauses.values() if one.parent_key == change.clause_key and one.position < OWN]
        kind = ClauseKind.SECTION if target else ClauseKind.ARTICLE
        values |= {"kind": kind.value, "parent_key": change.clause_key, "position": max(ranks, default=0) + 1}
    else:
        key = target.key
        values |= {"kind": target.kind, "parent_key": target.parent_key, "position": target.position}
    said = change if change.verb in WRITING or target is None else target
    values |= {"number": said.number.strip(), "heading": said.heading.strip()}
    values["body"] = change.body.strip() if change.verb in WRITING else ""
    row, _ = AmendmentChange.objects.update_or_create(amendment=amendment, clause_key=key, defaults=values)
    return row


@transaction.atomic
def withdraw_change(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, change_id: int, at: datetime
) -> None:
    """The amendment leaves a clause as it is, after all."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    get_object_or_404(AmendmentChange.objects.visible_to(actor).filter(amendment=amendment), pk=change_id).delete()


@transaction.atomic
def retarget(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, promise_id: int, targets: Mapping[int, str],
    at: datetime,
) -> AmendedTarget:  # fmt: skip
    """New targets of a promised indicator, for years that it is promised for."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    promise = drafting.get_promise(actor, promise_id)
    if promise.contract_id != amendment.contract_id:
        raise DomainError("Cet indicateur n’est pas promis par ce contrat.")
    said = targets_of(promise, targets)
    row, _ = AmendedTarget.objects.update_or_create(
        amendment=amendment, promise=promise, defaults={"circle_id": amendment.circle_id, "targets": said}
    )
    return row


@transaction.atomic
def replace_party(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, party_id: int, organisation: Organisation,
    capacity: str, reason: str, at: datetime,
) -> PartyChange:  # fmt: skip
    """A party merges or is taken over: another organisation of the same kind takes its place, and signs in its stead."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    parties = ContractParty.objects.visible_to(actor).filter(contract=amendment.contract)
    party = get_object_or_404(parties.select_related("organisation"), pk=party_id)
    if organisation.kind != party.organisation.kind:
        raise DomainError(f"{organisation.short_name} n’est pas de même nature que {party.organisation.short_name}.")
    if parties.filter(organisation=organisation).exists():
        raise DomainError(f"{organisation.short_name} est déjà partie à ce contrat.")
    if not reason.strip():
        raise DomainError("Dites pourquoi la partie change\u202f: fusion, reprise, dissolution.")
    row, _ = PartyChange.objects.update_or_create(
        amendment=amendment,
        party=party,
        defaults={
            "circle_id": amendment.circle_id, "organisation": organisation, "capacity": capacity.strip(),
            "reason": reason.strip(),
        },
    )  # fmt: skip
    return row


@transaction.atomic
def open_amendment(*, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, at: datetime) -> Amendment:
    """Freeze the amendment and ask every party to sign it.

    Refused when it changes nothing, when another one not yet applied touches the same clause, when a clause has changed
    since it was written, when it would be late for its notice.
    """
    amendment = selectors.get_amendment(actor, contract_id, amendment_id, lock=True)
    contract = drafting.get_contract(actor, contract_id, lock=True)
    today = today_of(contract, at)
    may_advance(amendment, "open_to_signature", actor).or_raise()
    policies.may_amend(actor, contract, today).or_raise()
    may_be_opened(actor, amendment, today).or_raise()
    for change in amendment.party_changes.select_related("organisation", "party"):
        admit_to_circle(circle_id=contract.circle_id, organisation=change.organisation, role=change.party.role)
    act = act_of(actor, amendment, at)
    advance(amendment, "open_to_signature", actor=actor, at=at, evidence={"empreinte": act.text.fingerprint})
    ask_signatures(act, actor=actor, at=at)
    return amendment


def may_be_opened(actor: Actor, amendment: Amendment, today: date) -> Decision:
    """Whole, alone on its clauses, written against the text as it stands, in time."""
    contract = amendment.contract
    changes = list(amendment.changes.all())
    kind = Amendment.Kind(amendment.kind)
    if kind is Amendment.Kind.SCOPE and not any(one.verb == Verb.LAPSE for one in changes):
        return Decision.no("Dites quelle clause la remise en cause du champ rend caduque.")
    if kind is Amendment.Kind.PARTY and not amendment.party_changes.exists():
        return Decision.no("Dites quelle partie change, et qui la remplace.")
    headed = kind in (Amendment.Kind.DURATION, Amendment.Kind.TERMINATION, Amendment.Kind.PARTY)
    beside = amendment.targets.exists() or amendment.indicators.exists() or amendment.annexes.exists()
    if not (headed or changes or beside):
        return Decision.no("Cet avenant ne change encore rien\u202f: dites ce qu’il fait d’une clause.")
    if amendment.effective_on and amendment.effective_on < today and not amendment.retroactive_reason:
        return Decision.no("La date d’effet est passée\u202f: reprenez-la, ou dites pourquoi l’effet est antérieur.")
    for other, keys in selectors.clashes_of(actor, amendment, today):
        rows = [one for one in drafting.clauses_on(actor, contract, today) if one.key in keys]
        names = ", ".join(str(one) for one in rows[:3]) or "la même clause"
        return Decision.no(f"L’avenant n° {other.number}, pas encore appliqué, touche aussi\u202f: {names}.")
    for other in selectors.annexes_also_changed(actor, amendment):
        return Decision.no(f"L’avenant n° {other.number}, pas encore appliqué, touche aussi une annexe de celui-ci.")
    by_key = {one.key: fingerprint_of(one.legal) for one in drafting.clauses_on(actor, contract, today)}
    for change in changes:
        if change.verb != Verb.ADD and by_key.get(change.clause_key) != change.base:
            return Decision.no(f"La clause a changé depuis que l’avenant est écrit\u202f: {change}. Reprenez-la.")
    return Decision.yes()


def act_of(actor: Actor, amendment: Amendment, at: datetime) -> Act:
    """The amendment, as what is signed."""
    text = selectors.amendment_text(actor, amendment, today_of(amendment.contract, at))
    label = f"l’avenant n° {amendment.number}, {amendment.contract.title}"
    return Act(amendment.contract, amendment.pk, text, label, amendment.page(), "AVENANT")


@transaction.atomic
def sign_amendment(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, paper: Paper, at: datetime
) -> Amendment:
    """My party brings its signed copy; the last one makes the amendment, from the day that it says.

    Refused once the contract is over (S3-9-02, S0-T3-08); a termination signed too late for its day says so.
    """
    amendment = selectors.get_amendment(actor, contract_id, amendment_id, lock=True)
    contract = drafting.get_contract(actor, contract_id, lock=True)
    amendment.contract = contract
    policies.may_sign(actor, amendment).or_raise()
    if contract.state != "in_force" or (contract.ends_on and paper.signed_on > contract.ends_on):
        raise DomainError(
            f"Le contrat a pris fin le {format_date(contract.ends_on)}\u202f: un avenant se signe avant. "
            "Préparez un nouveau contrat."
            if contract.ends_on
            else "Le contrat n’est pas en vigueur\u202f: un avenant ne le modifie pas."
        )
    if amendment.kind == Amendment.Kind.TERMINATION:
        check_notice(actor, contract, amendment.effective_on, paper.signed_on)
    party = policies.signing_party(actor, amendment)
    if party is not None and take_signature(act_of(actor, amendment, at), paper, party=party, actor=actor, at=at):
        enact(amendment, actor=actor, at=at)
    return amendment


@transaction.atomic
def resume_amendment(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, reason: str, at: datetime
) -> Amendment:
    """Take it back to its drafting: whoever had signed another version signs again."""
    amendment = selectors.get_amendment(actor, contract_id, amendment_id, lock=True)
    policies.may_amend(actor, amendment.contract, today_of(amendment.contract, at)).or_raise()
    cancel_signatures(actor, amendment.pk)
    return advance(amendment, "resume", actor=actor, at=at, reason=reason)


@transaction.atomic
def withdraw_amendment(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, reason: str, at: datetime
) -> Amendment:
    """Give it up: nothing of the contract changes."""
    amendment = selectors.get_amendment(actor, contract_id, amendment_id, lock=True)
    cancel_signatures(actor, amendment.pk)
    return advance(amendment, "withdraw", actor=actor, at=at, reason=reason)


def lock_draft(actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, at: datetime) -> Amendment:
    """An amendment in preparation that the actor may write, locked."""
    amendment = selectors.get_amendment(actor, contract_id, amendment_id, lock=True)
    policies.may_write(actor, amendment, today_of(amendment.contract, at)).or_raise()
    return amendment


def _record(amendment: Amendment, verb: str, label: str, actor: Actor, at: datetime) -> None:
    record(
        amendment.circle_id, verb=f"amendment.{verb}", label=label, actor=actor, at=at, page=amendment.page(),
        subject=amendment.pk,
    )  # fmt: skip
