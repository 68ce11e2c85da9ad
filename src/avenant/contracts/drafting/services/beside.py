"""What is kept beside the text of a contract: the injunctions that it takes into account, its sub-agreements."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avenant.contracts.drafting import policies, selectors
from avenant.contracts.drafting.models import Clause, Contract, ContractParty, Injunction, Provision
from avenant.contracts.drafting.services.heads import ContractDraft, PartyDraft, prepare_contract
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.contracts import ClauseKind
from avenant.domain.decision import DomainError
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor


@transaction.atomic
def link_injunction(
    *, actor: Actor, contract_id: uuid.UUID, reference: str, issued_on: date, subject: str, at: datetime
) -> Injunction:
    """Join an injunction to the CPOM of an establishment, and to no other contract (S0-X-03)."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_link_injunction(actor, contract).or_raise()
    if issued_on > today_of(contract, at):
        raise DomainError("Une injonction se rattache une fois notifiée\u202f: sa date n’est pas à venir.")
    if not (reference.strip() and subject.strip()):
        raise DomainError("Donnez la référence et l’objet de l’injonction.")
    row, _ = Injunction.objects.update_or_create(
        contract=contract,
        reference=reference.strip(),
        defaults={"circle_id": contract.circle_id, "issued_on": issued_on, "subject": subject.strip()},
    )
    record(
        contract.circle_id,
        verb="contract.injunction_linked",
        label=f"Injonction rattachée\u202f: {row}",
        actor=actor,
        at=at,
        page=contract.page(),
    )
    return row


@dataclass(frozen=True, slots=True)
class SubAgreementDraft:
    """Which of the agreements that the text foresees, and what of its lists it covers."""

    key: str
    topics: Collection[str] = ()
    items: Collection[str] = ()


@transaction.atomic
def prepare_sub_agreement(*, actor: Actor, contract_id: uuid.UUID, draft: SubAgreementDraft, at: datetime) -> Contract:
    """Begin an agreement that the text of a contract foresees between some of its parties (S1-III.C-15, S1-III.C-17).

    It is a contract of its own, drafted and signed as any other, that says from which contract it proceeds. Raises
    DomainError when the text lists topics and none is chosen, or for one that it does not list.
    """
    contract = selectors.get_contract(actor, contract_id, lock=True)
    rows = selectors.list_provisions(actor, contract, [Provision.Kind.SUB_AGREEMENT])
    said = next((one.content for one in rows if one.key == draft.key), None)
    if said is None:
        raise DomainError("Le texte de ce contrat ne prévoit pas cette convention.")
    parties = [one for one in contract.parties.all() if one.organisation.key in said["parties"]]
    policies.may_prepare_sub_agreement(actor, contract, parties).or_raise()
    topics, items = _chosen(said.get("topics", ()), draft.topics), _chosen(said.get("items", ()), draft.items)
    if said.get("topics") and not topics:
        raise DomainError("Choisissez au moins une nuisance\u202f: la convention n’aurait pas d’objet.")
    number = contract.sub_agreements.count() + 1
    row = prepare_contract(
        actor=actor,
        at=at,
        draft=ContractDraft(
            key=f"{contract.key[:60]}-{number}-{draft.key}"[:80],
            kind=Contract.Kind.SUB_AGREEMENT,
            title=said["title"],
            territory_id=contract.territory_id,
            starts_on=None,
            ends_on=None,
            parties=tuple(PartyDraft(one.organisation, one.role, one.capacity) for one in parties),
            title_period=contract.title_period or f"{at.year}-{at.year}",
            duration_years=contract.duration_years,
            source=contract.source,
            fictional=contract.fictional,
        ),
    )
    row.parent = contract
    row.save(update_fields=["parent"])
    clauses: list[tuple[str, str, str, dict[str, list[str]]]] = [
        ("perimetre", "Périmètre", said["perimeter"].capitalize() + ".", {})
    ]
    if topics:
        clauses.append(("nuisances", "Nuisances", _listed(topics), {"topics": topics}))
    clauses.append(("cooperation", "Coopération", _listed(items), {"items": items}))
    if said.get("model"):
        clauses.append(("modele", "Modèle", f"Convention type\u202f: {_model(actor, contract, said['model'])}.", {}))
    Clause.objects.bulk_create(
        Clause(
            circle_id=row.circle_id, contract=row, key=key, kind=ClauseKind.ARTICLE.value, number=f"Article {rank}",
            heading=heading, body=body, position=rank, details=details,
        )
        for rank, (key, heading, body, details) in enumerate(clauses, start=1)
    )  # fmt: skip
    return row


def _chosen(listed: Collection[str], wanted: Collection[str]) -> list[str]:
    if set(wanted) - set(listed):
        raise DomainError("Choisissez parmi ce que le texte énumère.")
    return [one for one in listed if one in wanted]


def _listed(words: Collection[str]) -> str:
    return "\n".join(f"– {one}" for one in words) or "À préciser par les parties."


def _model(actor: Actor, contract: Contract, key: str) -> str:
    rows = selectors.list_provisions(actor, contract, [Provision.Kind.REFERENCE])
    return next((str(one.content["label"]) for one in rows if one.key == key), key)


def party_names(parties: Collection[ContractParty]) -> str:
    """The parties of a sub-agreement, in words."""
    return ", ".join(one.organisation.short_name for one in parties)
