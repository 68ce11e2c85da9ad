"""What the pages of amendments show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from avenant.contracts.amendments import policies, selectors
from avenant.contracts.amendments.forms import ReceiptForm
from avenant.contracts.amendments.models import Amendment
from avenant.contracts.amendments.services.amending import act_of, may_be_opened
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.policies import may_speak
from avenant.contracts.drafting.services.signing import today_of
from avenant.contracts.drafting.signing_pages import signature_lines
from avenant.contracts.drafting.text_pages import tabs
from avenant.domain.contracts import earliest_end
from avenant.domain.contracts.amending import Verb, amended, within
from avenant.domain.contracts.comparison import Comparison, compare
from avenant.domain.french import format_date
from avenant.foundations.documents.typesetting import Document, typeset
from avenant.foundations.journal.sealing import make_proof
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor


def shared(actor: Actor, contract: Contract, at: datetime) -> dict[str, Any]:
    """What every page of a contract carries."""
    return {
        "contract": contract,
        "tabs": tabs(actor, contract),
        "standing": contract.standing(today_of(contract, at)),
    }


def list_page(actor: Actor, contract: Contract, at: datetime) -> dict[str, Any]:
    """Amendments, difficulties, denunciation: how a signed contract changes and ends."""
    today = today_of(contract, at)
    difficulties = selectors.list_difficulties(actor, contract)
    tried = any(one.steps.all() for one in difficulties)
    denunciation = selectors.denunciation_of(actor, contract)
    letters = []
    for one in denunciation.letters.all() if denunciation else ():
        initial = {"number": one.number, "sent_on": one.sent_on, "received_on": one.received_on}
        letters.append((one, ReceiptForm(initial=initial, auto_id=f"letter-{one.pk}-%s")))
    return {
        **shared(actor, contract, at),
        "amendments": selectors.list_amendments(actor, contract),
        "may_amend": policies.may_amend(actor, contract, today),
        "difficulties": difficulties,
        "may_raise": policies.may_raise_difficulty(actor, contract),
        "rulings": selectors.list_rulings(actor, contract),
        "may_rule": policies.may_note_ruling(actor, contract),
        "denunciation": denunciation,
        "letters": letters,
        "may_denounce": policies.may_denounce(actor, contract, tried=True),
        "tried": tried,
        "notice_months": selectors.notice_months(actor, contract),
        "earliest_end": earliest_end(today, selectors.notice_months(actor, contract)),
        "may_speak": may_speak(actor, contract),
    }


def effect_of(actor: Actor, amendment: Amendment, at: datetime) -> Comparison:
    """What the text becomes: before its day, then with its changes."""
    contract = amendment.contract
    day = max(amendment.effective_on or today_of(contract, at), today_of(contract, at))
    before = drafting.legal_text(actor, contract, day)
    ends_on = amendment.new_ends_on or before.ends_on
    after = replace(before, clauses=amended(before.clauses, selectors.changes_of(amendment)), ends_on=ends_on)
    return compare(before, after)


def amendment_page(actor: Actor, amendment: Amendment, at: datetime) -> dict[str, Any]:
    """One amendment: what it changes, who signs, what can be done now."""
    contract = amendment.contract
    today = today_of(contract, at)
    lines = signature_lines(actor, amendment.pk, "AVENANT") if amendment.state != "draft" else []
    party = policies.signing_party(actor, amendment)
    may_open = may_advance(amendment, "open_to_signature", actor)
    open_now = amendment.state in ("draft", "to_sign")
    lapsing = [one.clause_key for one in amendment.changes.all() if one.verb == Verb.LAPSE]
    clauses = [one.legal for one in drafting.clauses_on(actor, contract, today)] if lapsing else []
    concerned = {key for one in lapsing for key in within(clauses, one)}
    contested = [one for one in clauses if one.key in concerned and one.kind.value == "commitment"] if open_now else []
    clashes = [(other, len(keys)) for other, keys in selectors.clashes_of(actor, amendment, today)] if open_now else []
    return {
        **shared(actor, contract, at),
        "amendment": amendment,
        "changes": list(amendment.changes.all()),
        "targets": list(amendment.targets.select_related("promise__definition")),
        "indicators": list(amendment.indicators.all()),
        "annexes": list(amendment.annexes.select_related("document")),
        "party_changes": list(amendment.party_changes.select_related("party__organisation", "organisation")),
        "comparison": effect_of(actor, amendment, at) if open_now else None,
        "clashes": clashes,
        "contested": contested,
        "beyond": amendment.kind == "termination"
        and open_now
        and contract.ends_on
        and (amendment.effective_on or earliest_end(today, selectors.notice_months(actor, contract)))
        > contract.ends_on,
        "lines": lines,
        "missing": sum(not one.row.is_signed for one in lines),
        "mine": next((one for one in lines if party and one.row.party_id == party.pk), None),
        "reference": act_of(actor, amendment, at).reference(party) if party and amendment.state == "to_sign" else "",
        "may_write": policies.may_write(actor, amendment, today),
        "may_open": may_open if not may_open.allowed else may_be_opened(actor, amendment, today),
        "may_sign": policies.may_sign(actor, amendment),
        "may_resume": may_advance(amendment, "resume", actor),
        "may_withdraw": may_advance(amendment, "withdraw", actor),
    }


def annexes_of(actor: Actor, amendment: Amendment, at: datetime) -> list[tuple[str, str]]:
    """The annexes that the contract has on the day of an amendment."""
    today = today_of(amendment.contract, at)
    rows = drafting.list_annexes(actor, amendment.contract, max(amendment.effective_on or today, today))
    return [(one.key, str(one)) for one in rows]


def prove_amendment(actor: Actor, amendment: Amendment, *, at: datetime) -> dict[str, Any]:
    """The proof file of an amendment: the text that was signed, the hashes of its files, its sealed acts."""
    frozen = drafting.frozen_text(actor, amendment.pk)
    text = frozen.legal if frozen else selectors.amendment_text(actor, amendment, today_of(amendment.contract, at))
    files = [one.document for one in drafting.list_signatures(actor, amendment.pk) if one.document]
    files += [one.document for one in amendment.annexes.select_related("document") if one.document]
    return make_proof(
        actor,
        kind="contract",
        title=text.title,
        content=text.kept(),
        context=[("Empreinte du texte, commune aux parties", text.fingerprint)],
        documents=[{"name": one.name, "sha256": one.sha256} for one in files],
        subjects=[amendment.pk],
        at=at,
    )


def print_amendment(actor: Actor, amendment: Amendment, *, at: datetime) -> Document:
    """The copy that the actor's party signs, with its own reference in the foot."""
    contract = amendment.contract
    act, party = act_of(actor, amendment, at), policies.signing_party(actor, amendment)
    sha256 = act.text.fingerprint_for(party.organisation.key) if party else act.text.fingerprint
    signed = {one.party_id: one for one in drafting.list_signatures(actor, amendment.pk)}
    rows = contract.parties.select_related("organisation")
    data: dict[str, Any] = {
        "kind": "Avenant",
        "standing": amendment.state_label,
        "mention": "Démonstration, faits fictifs" if contract.fictional else "",
        "term": contract.term,
        "subject": str(amendment),
        "fingerprint": sha256,
        "parties": [
            {
                "name": one.printed_name or one.organisation.name,
                "short": one.printed_short_name,
                "nature": one.legal_nature,
                "seat": one.seat or one.organisation.seat,
                "capacity": one.capacity,
                "signed": _signed(signed.get(one.pk)),
                "note": "",
            }
            for one in rows
        ],
        "clauses": [
            {"level": 2, "number": one.number, "heading": one.heading, "item": False, "body": one.body}
            for one in act.text.clauses
        ],
        "signature": [],
        "annexes": [],
    }
    reference = act.reference(party) if party else f"AVENANT-{sha256[:12].upper()}"
    return typeset("contract", data, title=act.text.title, reference=reference, at=at)


def _signed(row: Any) -> str:
    return format_date(row.signed_on) if row is not None and row.is_signed and row.signed_on else ""
