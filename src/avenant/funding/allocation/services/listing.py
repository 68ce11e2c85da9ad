"""After the committee: the table of retained projects sent to the partners, and the detailed listings they ask for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import counted, format_euros
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.attachments import XLSX
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.spreadsheets import Sheet, workbook_bytes
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, printing, selectors, tables
from avenant.funding.allocation.models import ListingRequest, Selection, TableSent
from avenant.funding.allocation.selectors import AidSearch, LineSearch
from avenant.funding.allocation.services.sessions import locked

PARTNERS = (Role.FUND_CORRESPONDENT, Role.LABOUR_LEAD)
BASIS = "Convention, article 2, 1"
ANSWER_WITHIN = timedelta(days=14)


def retained_of(actor: Actor, selection: Selection) -> list[tables.Retained]:
    """The retained projects of a session, with every funder that helps them."""
    awards = list(selectors.list_awards(actor, selection))
    funders: dict[uuid.UUID, list[str]] = {}
    for one in selectors.list_aids(actor, AidSearch()).filter(dossier__in=[one.dossier_id for one in awards]):
        if one.granted and one.dossier_id and one.envelope.owner.short_name not in funders.get(one.dossier_id, []):
            funders.setdefault(one.dossier_id, []).append(one.envelope.owner.short_name)
    return tables.retained_rows(awards, funders)


@transaction.atomic
def send_table(*, actor: Actor, selection_id: uuid.UUID, at: datetime) -> TableSent:
    """Send the table of retained projects to the partners of the call; the file, the day and the recipients are kept."""
    selection = locked(actor, selection_id)
    policies.may_send_table(actor, selection).or_raise()
    partners = list(selection.call.partners.all())
    if not partners:
        raise DomainError("L’appel n’a pas de partenaire à qui envoyer le tableau.", code="no_partner")
    rows = retained_of(actor, selection)
    names = [one.short_name for one in partners]
    pdf = documents.keep(
        circle_id=selection.circle_id, owner_id=actor.organisation_id, person_id=actor.person_id, subject=selection.pk,
        kind=printing.TABLE, name=f"projets-retenus-{selection.call.key}-{selection.number}.pdf",
        content=printing.print_table(selection, rows, names, at=at), media_type="application/pdf", at=at,
    )  # fmt: skip
    _keep_sheets(actor, selection, tables.retained_sheets(rows), printing.TABLE, "projets-retenus", at)
    sent = TableSent.objects.create(
        circle_id=selection.circle_id, selection=selection, at=at, person_id=actor.person_id, recipients=names,
        rows=len(rows), total=tables.total_of(one.granted for one in rows), document=pdf,
    )  # fmt: skip
    label = f"Tableau des projets retenus envoyé : {counted(len(rows), 'projet')}, {format_euros(sent.total)}"
    record(
        selection.circle_id, verb="selection.table_sent", label=label, actor=actor, at=at, page=selection.page(),
        subject=selection.pk, evidence={"recipients": names, "sha256": pdf.sha256},
    )  # fmt: skip
    for one in partners:
        notify_organisation(
            selection.circle_id, one.pk,
            Message(
                key=f"selection:{selection.pk}:table:{sent.pk}", title=label, act="Ouvrir le tableau", page=selection.page(),
                basis=BASIS, consequence="Vous pouvez demander un listage plus détaillé.",
            ), at=at, roles=PARTNERS,
        )  # fmt: skip
    return sent


def _keep_sheets(
    actor: Actor, selection: Selection, sheets: Sequence[Sheet], kind: str, stem: str, at: datetime
) -> Document:
    return documents.keep(
        circle_id=selection.circle_id, owner_id=actor.organisation_id, person_id=actor.person_id, subject=selection.pk,
        kind=kind, name=f"{stem}-{selection.call.key}-{selection.number}.xlsx",
        content=workbook_bytes(sheets, title=sheets[0].name, at=at), media_type=XLSX, at=at,
    )  # fmt: skip


@transaction.atomic
def ask_listing(*, actor: Actor, selection_id: uuid.UUID, scope: str, at: datetime) -> ListingRequest:
    """A partner asks for a more detailed listing of the retained projects; the authority is told and has it to answer."""
    selection = locked(actor, selection_id)
    policies.may_ask_listing(actor, selection).or_raise()
    if not scope.strip():
        raise DomainError("Dites ce que le listage doit préciser.", code="scope")
    made = ListingRequest.objects.create(
        circle_id=selection.circle_id, selection=selection, asked_by_id=actor.organisation_id, person_id=actor.person_id,
        asked_at=at, scope=scope.strip(),
    )  # fmt: skip
    record(
        selection.circle_id, verb="selection.listing_asked", label=f"Listage détaillé demandé par {actor.organisation}",
        actor=actor, at=at, reason=made.scope, page=selection.page(), subject=selection.pk,
    )  # fmt: skip
    journal.plan(
        selection.circle_id,
        Due(
            key=f"listing:{made.pk}", label=f"Répondre à la demande de listage détaillé de {actor.organisation}",
            organisation_id=selection.call.owner_id, waiting=actor.organisation, due_at=at + ANSWER_WITHIN,
            page=selection.page(), basis=BASIS, role=Role.ARS_CALL_OFFICER, zone=selection.call.zone,
            consequence="Le partenaire attend ce listage.",
        ),
    )  # fmt: skip
    return made


@transaction.atomic
def answer_listing(*, actor: Actor, request_id: uuid.UUID, at: datetime) -> ListingRequest:
    """Answer with the detailed listing: every column of the session for the retained dossiers, and all their aids."""
    selection = locked(actor, selectors.get_request(actor, request_id).selection_id)
    request = selectors.get_request(actor, request_id)
    policies.may_answer_listing(actor, request).or_raise()
    lines = [one for one in selectors.list_lines(actor, selection, LineSearch()).select_related("award") if one.amount]
    aids = selectors.list_aids(actor, AidSearch()).filter(dossier__in=[one.dossier_id for one in lines])
    sheets = [tables.line_sheet(lines), tables.aid_sheet(aids)]
    request.document = _keep_sheets(actor, selection, sheets, printing.LISTING, "listage-detaille", at)
    request.answered_at = at
    request.save(update_fields=["document", "answered_at"])
    journal.close(f"listing:{request.pk}")
    record(
        selection.circle_id, verb="selection.listing_answered", label=f"Listage détaillé remis à {request.asked_by.short_name}",
        actor=actor, at=at, page=selection.page(), subject=selection.pk,
    )  # fmt: skip
    notify_organisation(
        selection.circle_id, request.asked_by_id,
        Message(
            key=f"listing:{request.pk}:answered", title="Le listage détaillé que vous avez demandé est là",
            act="Ouvrir la séance", page=selection.page(), basis=BASIS, consequence="Rien n’est attendu de vous.",
        ), at=at, roles=PARTNERS,
    )  # fmt: skip
    return request
