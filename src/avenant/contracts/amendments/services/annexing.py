"""What an amendment does beside the clauses: the indicators that the contract promises, its annexes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.contracts.amendments.models import AmendedAnnex, AmendedIndicator, Amendment
from avenant.contracts.amendments.services.amending import lock_draft
from avenant.contracts.catalogue.local import LocalIndicator
from avenant.contracts.drafting import policies as drafting_policies
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.promises import Span, check_indicator
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.decision import DomainError
from avenant.domain.french import quoted
from avenant.foundations.documents.services import receive_file
from avenant.foundations.parties.actors import Actor

ANNEX = "contract-annex"
Targets = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class AnnexDraft:
    """What is done to an annex; for one that is added ``key`` is empty and its number and title are its own."""

    act: AmendedAnnex.Act
    key: str = ""
    number: str = ""
    title: str = ""
    file: Attachment | None = None


@transaction.atomic
def promise_indicator(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, indicator: LocalIndicator, span: Span,
    at: datetime, targets: Targets | None = None,
) -> AmendedIndicator:  # fmt: skip
    """The amendment adds an indicator of the parties' own, asked from its day on. Raises DomainError as for a draft."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    check_indicator(amendment.contract, indicator, span, targets or {})
    if _added_elsewhere(amendment, indicator.printed_code):
        raise DomainError(f"Un autre avenant ajoute déjà l’indicateur {quoted(indicator.printed_code)}.")
    said = {**asdict(indicator), "kind": indicator.kind.value, "provider": indicator.provider.value}
    said |= {"choices": list(indicator.choices), "targets": {str(year): aim for year, aim in (targets or {}).items()}}
    row, _ = AmendedIndicator.objects.update_or_create(
        amendment=amendment,
        code=indicator.printed_code.strip(),
        defaults={
            "circle_id": amendment.circle_id, "label": indicator.label.strip()[:500], "added": said,
            "first_year": span.first, "last_year": span.last,
        },
    )  # fmt: skip
    return row


def _added_elsewhere(amendment: Amendment, code: str) -> bool:
    others = AmendedIndicator.objects.filter(
        amendment__contract=amendment.contract, amendment__state__in=["to_sign", "signed"], code__iexact=code.strip()
    )
    return others.exclude(added={}).exclude(amendment=amendment).exists()


@transaction.atomic
def end_indicator(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, promise_id: int, from_year: int, at: datetime
) -> AmendedIndicator:
    """The amendment stops asking for an indicator from a year on; never from a year that is over."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    promise = drafting.get_promise(actor, promise_id)
    if promise.contract_id != amendment.contract_id:
        raise DomainError("Cet indicateur n’est pas promis par ce contrat.")
    drafting_policies.may_remove_from(promise, from_year, at).or_raise()
    row, _ = AmendedIndicator.objects.update_or_create(
        amendment=amendment,
        code=promise.definition.code[:40],
        defaults={
            "circle_id": amendment.circle_id, "promise": promise, "label": str(promise)[:500], "added": {},
            "first_year": from_year, "last_year": None,
        },
    )  # fmt: skip
    return row


@transaction.atomic
def leave_indicator(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, indicator_id: int, at: datetime
) -> None:
    """The amendment neither adds nor ends this indicator, after all."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    rows = AmendedIndicator.objects.visible_to(actor).filter(amendment=amendment)
    get_object_or_404(rows, pk=indicator_id).delete()


@transaction.atomic
def change_annex(
    *, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, draft: AnnexDraft, at: datetime
) -> AmendedAnnex:
    """Say what the amendment does to an annex; said again, the later stands. The file is hashed with the text."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    contract = amendment.contract
    day = max(amendment.effective_on or today_of(contract, at), today_of(contract, at))
    known = {one.key: one for one in drafting.list_annexes(actor, contract, day)}
    annex = known.get(draft.key)
    if draft.act != AmendedAnnex.Act.ADD and annex is None:
        raise DomainError("Cette annexe n’est pas dans le contrat à la date d’effet. Choisissez-la dans la liste.")
    if draft.act == AmendedAnnex.Act.ADD and not draft.title.strip():
        raise DomainError("Donnez le titre de l’annexe à joindre.")
    document = None
    if draft.act != AmendedAnnex.Act.REMOVE:
        if draft.file is None:
            raise DomainError("Joignez le fichier de l’annexe.")
        document = receive_file(
            actor=actor, circle_id=contract.circle_id, name=draft.file.name, content=draft.file.content, kind=ANNEX,
            at=at, subject=amendment.pk,
        )  # fmt: skip
    key = annex.key if annex else f"annexe-avenant-{amendment.number}-{uuid.uuid4().hex[:8]}"
    row, _ = AmendedAnnex.objects.update_or_create(
        amendment=amendment,
        key=key,
        defaults={
            "circle_id": amendment.circle_id, "act": draft.act, "annex": annex, "document": document,
            "number": draft.number.strip() or (annex.number if annex else ""),
            "title": draft.title.strip() or (annex.title if annex else ""),
        },
    )  # fmt: skip
    return row


@transaction.atomic
def leave_annex(*, actor: Actor, contract_id: uuid.UUID, amendment_id: uuid.UUID, annex_id: int, at: datetime) -> None:
    """The amendment leaves an annex as it is, after all."""
    amendment = lock_draft(actor, contract_id, amendment_id, at)
    get_object_or_404(AmendedAnnex.objects.visible_to(actor).filter(amendment=amendment), pk=annex_id).delete()
