"""Signing: the text is frozen by its hash, printed, signed outside, each signed copy comes back from its own party.

The same machinery serves the contract and its amendments: an :class:`Act` is what is signed, whatever it is.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Min

from avenant.contracts.drafting import checklist, policies, selectors
from avenant.contracts.drafting.models import Contract, ContractParty, FrozenText, Signature
from avenant.contracts.drafting.services.collection import Attachment, plan_methods
from avenant.domain.contracts import LegalText
from avenant.domain.decision import DomainError
from avenant.domain.french import format_date, quoted
from avenant.domain.periods import Period, add_months
from avenant.domain.proof import fingerprint, textual
from avenant.foundations.documents.services import RefusedFile, check_file, receive_file
from avenant.foundations.journal.services import Due, close, drop, plan
from avenant.foundations.journal.states import advance, may_advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor

TIME_TO_SIGN: Final = timedelta(days=30)
_REFERENCE_LENGTH: Final = 12
_END_OF_PDF: Final = b"%%EOF"


@dataclass(frozen=True, slots=True)
class Act:
    """What the parties sign: a contract or one of its amendments, its text as it stands, its page."""

    contract: Contract
    subject: uuid.UUID
    text: LegalText
    label: str
    page: str
    prefix: str = "CONTRAT"

    def reference(self, party: ContractParty) -> str:
        """« CONTRAT-3F2A91B07C44 »: what the foot of this party's copy prints."""
        return reference_of(self.prefix, self.text.fingerprint_for(party.organisation.key))


@dataclass(frozen=True, slots=True)
class Paper:
    """A signed copy that comes back: the file, the reference that its foot prints, the day it was signed."""

    file: Attachment
    reference: str
    signed_on: date


def reference_of(prefix: str, sha256: str) -> str:
    """The short reference of a hash, as a foot prints it."""
    return f"{prefix}-{sha256[:_REFERENCE_LENGTH].upper()}"


def today_of(contract: Contract, at: datetime) -> date:
    """The day where the contract lives."""
    return at.astimezone(ZoneInfo(contract.territory.time_zone)).date()


def act_of(actor: Actor, contract: Contract, at: datetime) -> Act:
    """The contract itself, as what is signed."""
    text = selectors.legal_text(actor, contract, today_of(contract, at))
    return Act(contract, contract.pk, text, f"le contrat {quoted(contract.title)}", contract.signing_page())


# -- The contract ------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_to_signature(*, actor: Actor, contract_id: uuid.UUID, at: datetime) -> Contract:
    """Freeze the text and ask each party to sign it.

    Raises Refused with every reason at once: a consultation missing (S3-V-02, S3-V-03), a clause that the law requires.
    """
    contract = selectors.get_contract(actor, contract_id, lock=True)
    may_advance(contract, "open_to_signature", actor).or_raise()
    policies.may_lead_signature(actor, contract).or_raise()
    policies.may_be_signed(checklist.check(actor, contract, today_of(contract, at))).or_raise()
    act = act_of(actor, contract, at)
    advance(contract, "open_to_signature", actor=actor, at=at, evidence={"empreinte": act.text.fingerprint})
    ask_signatures(act, actor=actor, at=at)
    return contract


@transaction.atomic
def resume_drafting(*, actor: Actor, contract_id: uuid.UUID, reason: str, at: datetime) -> Contract:
    """Take the text back: nobody is asked to sign any more; what was signed stays, to be compared with what comes."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_lead_signature(actor, contract).or_raise()
    advance(contract, "resume", actor=actor, at=at, reason=reason)
    drop(*(_key(one) for one in selectors.list_signatures(actor, contract.pk)))
    return contract


@transaction.atomic
def sign_contract(*, actor: Actor, contract_id: uuid.UUID, paper: Paper, at: datetime) -> Contract:
    """My party brings its signed copy; the last one brings the contract into force, with its dates (S1-V-03).

    Raises Refused for another's signature, DomainError for a copy of another version, RefusedFile for the file.
    """
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_sign(actor, contract).or_raise()
    heard = [one.heard_on for one in selectors.list_consultations(actor, contract)]
    if heard and paper.signed_on < max(heard):
        raise DomainError(
            f"Une consultation date du {format_date(max(heard))}\u202f: elle précède la signature, pas l’inverse."
        )
    act = act_of(actor, contract, at)
    party = policies.speaking_party(actor, contract)
    if take_signature(act, paper, party=party, actor=actor, at=at):
        _bring_into_force(contract, actor, at)
    return contract


def follow_text(contract: Contract, *, actor: Actor, at: datetime) -> None:
    """Called after each change of a legal text: while it is at the signature, whoever is concerned signs again."""
    if contract.state == "to_sign":
        ask_signatures(act_of(actor, contract, at), actor=actor, at=at)


def _bring_into_force(contract: Contract, actor: Actor, at: datetime) -> None:
    last = max(one.signed_on for one in selectors.list_signatures(actor, contract.pk) if one.signed_on)
    contract.starts_on, contract.ends_on = term_from(contract, last)
    contract.signed_on = last
    contract.save(update_fields=["starts_on", "ends_on", "signed_on"])
    former = contract.promises.aggregate(first=Min("first_year"), last=Max("last_year"))
    contract.promises.filter(first_year=former["first"], last_year=former["last"]).update(
        first_year=contract.starts_on.year, last_year=contract.ends_on.year
    )
    plan_methods(contract, at)
    advance(
        contract, "sign_last", actor=actor, at=at, label=f"Contrat signé par tous, en vigueur\u202f: {contract.term}"
    )


def term_from(contract: Contract, last_signature: date) -> tuple[date, date]:
    """The first and last days of a contract signed by all: those that its text fixes, else from the last signature.

    A text without an end of its own ends with the framework that it names, else after its duration less one day.
    """
    starts_on = contract.starts_on or last_signature
    if contract.ends_on:
        return starts_on, contract.ends_on
    if contract.term_framework and contract.term_framework.ends_on:
        return starts_on, contract.term_framework.ends_on
    if contract.duration_years is None:
        raise DomainError("Le texte ne dit pas la durée du contrat\u202f: saisissez-la avant la signature.")
    return starts_on, Period(starts_on, add_months(starts_on, 12 * contract.duration_years)).last_day


@transaction.atomic
def name_representative(
    *, actor: Actor, contract_id: uuid.UUID, capacity: str, at: datetime
) -> ContractParty:  # fmt: skip
    """My party says in which capacity it signs: before it is signed by all, it alone signs again."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    party = policies.speaking_party(actor, contract)
    policies.may_name_representative(contract).or_raise()
    if not capacity.strip():
        raise DomainError("Dites la qualité du signataire, par exemple «\u202fDirecteur régional\u202f».")
    former, party.capacity = party.capacity, capacity.strip()
    party.save(update_fields=["capacity"])
    record(
        contract.circle_id,
        verb="contract.representative_named",
        label=f"{actor.organisation} signe en qualité de\u202f: {party.capacity}",
        actor=actor,
        at=at,
        evidence={"avant": former},
        page=contract.signing_page(),
        subject=contract.pk,
    )
    follow_text(contract, actor=actor, at=at)
    return party


@transaction.atomic
def name_correspondent(
    *, actor: Actor, contract_id: uuid.UUID, correspondent: str, mailbox: str, at: datetime
) -> ContractParty:
    """Whom to write to: outside the signed text, so that nobody signs again."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    party = policies.speaking_party(actor, contract)
    party.correspondent, party.mailbox = correspondent.strip(), mailbox.strip()
    party.save(update_fields=["correspondent", "mailbox"])
    record(
        contract.circle_id,
        verb="contract.correspondent_named",
        label=f"Correspondance de {actor.organisation}\u202f: {party.correspondent or 'non précisée'}",
        actor=actor,
        at=at,
        page=contract.signing_page(),
    )
    return party


# -- Any act -----------------------------------------------------------------------------------------------------------


def ask_signatures(act: Act, *, actor: Actor, at: datetime) -> list[Signature]:
    """Freeze the text of an act as it stands and ask each party whose version is new; return those asked.

    A party whose own version has not changed is not asked again (S-3: the representative of another is not its affair).
    """
    contract = act.contract
    rows = {one.party_id: one for one in selectors.list_signatures(actor, act.subject)}
    frozen: FrozenText | None = None
    asked = []
    for party in contract.parties.select_related("organisation").all():
        wanted, row = act.text.fingerprint_for(party.organisation.key), rows.get(party.pk)
        if row is not None and row.asked_sha256 == wanted:
            if not row.is_signed:
                _plan(act, row, at)
            continue
        frozen = frozen or FrozenText.objects.create(
            circle_id=contract.circle_id, contract=contract, subject=act.subject, sha256=act.text.fingerprint,
            content=act.text.kept(), at=at,
        )  # fmt: skip
        row = row or Signature(circle_id=contract.circle_id, contract=contract, subject=act.subject, party=party)
        row.asked_sha256, row.asked_text, row.asked_at = wanted, frozen, at
        row.save()
        if act.subject == contract.pk and party.signed_on is not None:
            party.signed_on = None
            party.save(update_fields=["signed_on"])
        asked.append(row)
        _plan(act, row, at)
        _tell(act, row, actor, at)
    if asked:
        again = [one.party.organisation.short_name for one in asked if one.sha256]
        label = "Version arrêtée pour la signature"
        record(
            contract.circle_id,
            verb="contract.text_frozen",
            label=f"{label}\u202f: {', '.join(again)} signe de nouveau" if again else label,
            actor=actor,
            at=at,
            evidence={
                "empreinte": act.text.fingerprint,
                "preuve": fingerprint(textual(act.text.kept())),
                "acte": act.label,
            },
            page=act.page,
            subject=act.subject,
        )
    return asked


def take_signature(act: Act, paper: Paper, *, party: ContractParty, actor: Actor, at: datetime) -> bool:
    """Keep the signed copy of the actor's party; True when it was the last one awaited.

    Raises DomainError in one sentence: already signed, another version, a date to come; RefusedFile: not a whole PDF.
    """
    ask_signatures(act, actor=actor, at=at)
    row = selectors.signature_of(actor, act.subject, party)
    if row is None:
        raise DomainError("Votre organisme n’a rien à signer ici.")
    if row.is_signed:
        raise DomainError("Votre organisme a déjà signé cette version\u202f: rien n’est changé.")
    _check_version(act, row, paper.reference)
    today = today_of(act.contract, at)
    opened = today_of(act.contract, row.asked_at)
    if not opened <= paper.signed_on <= today:
        raise DomainError(
            f"Cette version existe depuis le {format_date(opened)}\u202f: la date de signature va de ce jour à aujourd’hui."
        )
    check_signed_copy(paper.file)
    row.document = receive_file(
        actor=actor, circle_id=act.contract.circle_id, name=paper.file.name, content=paper.file.content,
        kind="signed_copy", at=at, subject=act.subject,
    )  # fmt: skip
    row.sha256, row.signed_text, row.signed_on = row.asked_sha256, row.asked_text, paper.signed_on
    row.save()
    if act.subject == act.contract.pk:
        party.signed_on, party.signature_note, party.signature_to_confirm = paper.signed_on, "", False
        party.save(update_fields=["signed_on", "signature_note", "signature_to_confirm"])
    close(_key(row))
    record(
        act.contract.circle_id,
        verb="contract.signed",
        label=f"Signé par {actor.organisation}, le {format_date(paper.signed_on)}",
        actor=actor,
        at=at,
        evidence={"version signée": row.sha256, "exemplaire signé": row.document.sha256, "acte": act.label},
        page=act.page,
        subject=act.subject,
    )
    return all(one.is_signed for one in selectors.list_signatures(actor, act.subject))


def check_signed_copy(file: Attachment) -> None:
    """A whole PDF. Raises RefusedFile, in words that say what to send instead."""
    if check_file(file.name, file.content) != "application/pdf":
        raise RefusedFile(f"{quoted(file.name)} n’est pas un PDF\u202f: envoyez l’exemplaire signé en PDF.")
    if _END_OF_PDF not in file.content[-2048:]:
        raise RefusedFile(f"{quoted(file.name)} est un PDF incomplet\u202f: numérisez-le ou envoyez-le de nouveau.")


def _check_version(act: Act, row: Signature, typed: str) -> None:
    said = re.sub(r"[^0-9A-F]", "", typed.upper().removeprefix(act.prefix))
    if said == row.asked_sha256[:_REFERENCE_LENGTH].upper():
        return
    if row.sha256 and said == row.sha256[:_REFERENCE_LENGTH].upper():
        raise DomainError(
            "Cet exemplaire est celui d’une version antérieure, que le texte a quittée depuis. "
            "Imprimez la version à signer, puis renvoyez-la signée."
        )
    raise DomainError(
        f"La référence saisie n’est pas celle de la version à signer ({act.reference(row.party)}). "
        "Vérifiez le bas de page de l’exemplaire signé."
    )


def _key(row: Signature) -> str:
    return f"signature:{row.subject}:{row.party_id}"


def cancel_signatures(actor: Actor, subject: uuid.UUID) -> None:
    """Nobody is asked to sign an act any more."""
    drop(*(_key(one) for one in selectors.list_signatures(actor, subject)))


def _plan(act: Act, row: Signature, at: datetime) -> None:
    zone = act.contract.territory.time_zone
    due_on = today_of(act.contract, row.asked_at) + TIME_TO_SIGN
    plan(
        act.contract.circle_id,
        Due(
            key=_key(row),
            label=f"Signer {act.label}" + (" de nouveau" if row.is_asked_again else ""),
            organisation_id=row.party.organisation_id,
            role=policies.LEADS.get(ContractParty.Role(row.party.role)),
            waiting="les autres parties",
            due_at=datetime.combine(due_on + timedelta(days=1), time(), ZoneInfo(zone)),
            zone=zone,
            basis="signature de toutes les parties",
            consequence="L’acte n’est pas en vigueur tant qu’une signature manque.",
            page=act.page,
        ),
    )


def _tell(act: Act, row: Signature, actor: Actor, at: datetime) -> None:
    again = row.is_asked_again
    message = Message(
        key=f"sign:{act.subject.hex}:{row.party_id}:{row.asked_sha256[:16]}",
        title=f"À signer{' de nouveau' if again else ''}\u202f: {act.label}",
        act="Ouvrir la page de signature",
        page=act.page,
        consequence="L’acte n’est pas en vigueur tant qu’une signature manque.",
        body="Le texte a changé depuis votre signature\u202f: la page montre ce qui diffère." if again else
        "Imprimez votre exemplaire, faites-le signer, déposez-le.",
        waiting="les autres parties",
    )  # fmt: skip
    lead = policies.LEADS.get(ContractParty.Role(row.party.role))
    notify_organisation(
        act.contract.circle_id, row.party.organisation_id, message, at=at, roles=[lead] if lead else (), but=actor
    )
