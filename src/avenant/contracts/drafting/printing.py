"""The contract as a document, from its data and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from avenant.contracts.drafting import selectors, text_pages
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services.signing import reference_of
from avenant.contracts.drafting.text_pages import Node, Text
from avenant.domain.contracts import ClauseKind
from avenant.domain.french import format_date, format_number
from avenant.foundations.documents.typesetting import Document, typeset
from avenant.foundations.journal.sealing import make_proof
from avenant.foundations.parties.actors import Actor


def print_contract(actor: Actor, contract: Contract, *, at: datetime, copy_of: ContractParty | None = None) -> Document:
    """Typeset the text in force at ``at`` (PDF/UA-1), with the hash of what is signed in its foot.

    ``copy_of`` is the party that will sign this copy: the foot prints the hash and the reference of its own version.
    """
    here = at.astimezone(ZoneInfo(contract.territory.time_zone))
    text = Text(actor, contract, here.date())
    annexes = selectors.list_annexes(actor, contract, here.date())
    parties = text_pages.party_views(contract)
    legal = selectors.legal_text(actor, contract, here.date())
    sha256 = legal.fingerprint_for(copy_of.organisation.key) if copy_of else legal.fingerprint
    data: dict[str, Any] = {
        "kind": contract.get_kind_display(),
        "standing": contract.standing(here.date()).label,
        "mention": "Démonstration, faits fictifs" if contract.fictional else "",
        "term": contract.term,
        "subject": contract.printed_title or contract.get_kind_display(),
        "fingerprint": sha256,
        "parties": [
            {
                "name": one.name,
                "short": one.party.printed_short_name,
                "nature": one.party.legal_nature,
                "seat": one.seat,
                "capacity": one.party.capacity,
                "signed": format_date(one.party.signed_on) if one.party.signed_on else "",
                "note": one.party.signature_note,
            }
            for one in parties
        ],
        "clauses": [_clause(one) for one in text.nodes if one.kind != ClauseKind.SIGNATURE],
        "signature": [_clause(one) for one in text.nodes if one.kind == ClauseKind.SIGNATURE],
        "annexes": [{"title": str(one), "missing": one.missing, "says": one.says} for one in annexes],
    }
    reference = reference_of("CONTRAT", sha256)
    return typeset("contract", data, title=contract.title, reference=reference, at=here)


def _clause(node: Node) -> dict[str, Any]:
    one = node.clause
    said: dict[str, Any] = {
        "level": min(node.depth + 1, 4),
        "number": one.number,
        "heading": one.heading,
        "item": node.item,
        "body": one.body,
    }
    if node.table is not None:
        table = node.table.table
        said["table"] = {
            "title": node.table.title,
            "columns": [column.label for column in table.columns],
            "rows": [{**row, "values": [format_number(value) for value in row["values"]]} for row in node.table.rows],
            "missing": table.missing,
            "notes": list(node.table.notes),
        }
    return said


def prove_contract(actor: Actor, contract: Contract, *, at: datetime) -> dict[str, Any]:
    """The proof file of a contract: the text that was signed, the hashes of the signed copies, its sealed acts."""
    frozen = selectors.frozen_text(actor, contract.pk)
    day = at.astimezone(ZoneInfo(contract.territory.time_zone)).date()
    text = frozen.legal if frozen else selectors.legal_text(actor, contract, day)
    signed = [one.document for one in selectors.list_signatures(actor, contract.pk) if one.document]
    return make_proof(
        actor,
        kind="contract",
        title=contract.title,
        content=text.kept(),
        context=[("Empreinte du texte, commune aux parties", text.fingerprint)],
        documents=[{"name": one.name, "sha256": one.sha256} for one in signed],
        subjects=[contract.pk],
        at=at,
    )
