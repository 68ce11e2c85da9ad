"""Instalments: documents received and judged, reserves, certification of service, payment orders, payments."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import format_date, format_euros
from avenant.domain.funding.subsidies import publish_by
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.services import receive_file
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.models import Event
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.models import Grant, Instalment, InstalmentDocument, Reserve
from avenant.funding.grants.services import lending
from avenant.funding.grants.services.agreement import locked, today_of
from avenant.funding.grants.services.cutting import cut_to, pay_key

TIME_TO_PAY: Final = timedelta(days=30)
Verdict = InstalmentDocument.Verdict
ORDERED: Final = "instalment.order"
"""The act of the journal that tells which number an order took."""


def plan_dues(grant: Grant) -> None:
    """What the authority has to do: pay what waits for the signature alone, and everything before the credits lapse."""
    zone = ZoneInfo(grant.authority.territory.time_zone)
    for one in grant.instalments.filter(state="planned", after="signature"):
        if one.due_on:
            _plan_payment(grant, one, one.due_on)
    if grant.signed_on and grant.given and grant.published_on is None:
        _plan_publication(grant, publish_by(grant.signed_on), zone)
    lapse = datetime.combine(grant.lapses_on + timedelta(days=1), time(), tzinfo=zone)
    journal.plan(
        grant.circle_id,
        Due(
            key=f"grant:{grant.pk}:lapse", label=f"Verser avant la caducité : {grant.number}", due_at=lapse, zone=zone.key,
            organisation_id=grant.authority_id, waiting=grant.name, page=grant.page(), role=Role.ARS_CALL_OFFICER,
            consequence="Ce qui n’est pas versé à cette date est caduc.",
        ),
    )  # fmt: skip


def _plan_publication(grant: Grant, last: date, zone: ZoneInfo) -> None:
    journal.plan(
        grant.circle_id,
        Due(
            key=f"grant:{grant.pk}:publish", label=f"Publier en données ouvertes : {grant.number}", zone=zone.key,
            due_at=datetime.combine(last + timedelta(days=1), time(), tzinfo=zone), organisation_id=grant.authority_id,
            waiting="le public", page=grant.page(), role=Role.ARS_CALL_OFFICER,
            basis="décret n° 2017-779 du 5 mai 2017", consequence="La loi fixe trois mois après la signature.",
        ),
    )  # fmt: skip


def _plan_payment(grant: Grant, one: Instalment, ready_on: date) -> None:
    zone = ZoneInfo(grant.authority.territory.time_zone)
    due_at = datetime.combine(ready_on + TIME_TO_PAY + timedelta(days=1), time(), tzinfo=zone)
    journal.plan(
        grant.circle_id,
        Due(
            key=pay_key(one), label=f"Ordonnancer le versement {one.number} : {grant.number}", organisation_id=grant.authority_id,
            waiting=grant.name, due_at=due_at, zone=zone.key, page=grant.page(), role=Role.ARS_CALL_OFFICER,
            consequence="L’établissement attend ce versement.",
        ),
    )  # fmt: skip


def _instalment(actor: Actor, instalment_id: uuid.UUID) -> tuple[Grant, Instalment]:
    """The aid, locked first, then its instalment."""
    found = selectors.get_instalment(actor, instalment_id)
    grant = locked(actor, found.grant_id)
    return grant, Instalment.objects.select_for_update(of=("self",)).get(pk=instalment_id)


# -- Documents and reserves --------------------------------------------------------------------------------------------


@transaction.atomic
def receive_document(
    *, actor: Actor, instalment_id: uuid.UUID, code: str, at: datetime, name: str = "", content: bytes = b"",
    document: Document | None = None,
) -> InstalmentDocument:  # fmt: skip
    """A document that an instalment waits for has come, from the establishment or by the authority; one that was
    refused may be sent again. ``document`` is a file already kept in the same circle."""
    grant, one = _instalment(actor, instalment_id)
    policies.may_send_document(actor, grant, one).or_raise()
    if code not in one.needs:
        raise DomainError("Ce versement n’attend pas ce document.", code="unknown_document")
    former = one.documents.filter(code=code).first()
    if former is not None and former.verdict == Verdict.ACCEPTED:
        raise DomainError(f"« {one.needs[code]} » est déjà accepté : rien n’est changé.", code="accepted")
    kept = document or (
        receive_file(actor=actor, circle_id=grant.circle_id, name=name, content=content, kind="instalment_document",
                     at=at, subject=one.pk)
        if content else None
    )  # fmt: skip
    row, _ = InstalmentDocument.objects.update_or_create(
        instalment=one, code=code,
        defaults={"circle_id": grant.circle_id, "document": kept, "received_on": today_of(grant, at),
                  "verdict": Verdict.RECEIVED, "reason": "", "judged_at": None},
    )  # fmt: skip
    record(grant.circle_id, verb="instalment.document_received", actor=actor, at=at, page=grant.page(), subject=one.pk,
           label=f"Versement {one.number} : {one.needs[code]} reçu",
           evidence={"document": kept.sha256} if kept else {})  # fmt: skip
    if actor.organisation_id != grant.authority_id:
        notify_organisation(
            grant.circle_id, grant.authority_id,
            Message(key=f"instalment:{one.pk}:{code}:{at.isoformat()}", title=f"Document à lire : {one.needs[code]}",
                    act="Lire le document", page=grant.page(), waiting=grant.name,
                    consequence=f"Le versement {one.number} attend votre verdict."),
            at=at, roles=[Role.ARS_CALL_OFFICER],
        )  # fmt: skip
    return row


@transaction.atomic
def judge_document(
    *, actor: Actor, instalment_id: uuid.UUID, code: str, accepted: bool, reason: str = "", at: datetime
) -> InstalmentDocument:
    """Accept a document received, or refuse it with its reason. Once all are accepted the payment becomes due."""
    grant, one = _instalment(actor, instalment_id)
    policies.may_follow(actor, grant).or_raise()
    row = one.documents.select_for_update().filter(code=code).first()
    if row is None:
        raise DomainError("Ce document n’est pas reçu.", code="not_received")
    if one.state != "planned":
        raise DomainError(f"Le versement est « {one.state_label} » : ses documents sont jugés.", code="state")
    if not accepted and not reason.strip():
        raise DomainError("Un document refusé a son motif.", code="reason")
    row.verdict = Verdict.ACCEPTED if accepted else Verdict.REFUSED
    row.reason, row.judged_at = ("" if accepted else reason.strip()[:300]), at
    row.save(update_fields=["verdict", "reason", "judged_at"])
    words = "accepté" if accepted else "refusé"
    record(grant.circle_id, verb=f"instalment.document_{row.verdict}", actor=actor, at=at, reason=row.reason,
           page=grant.page(), subject=one.pk, label=f"Versement {one.number} : {one.needs[code]} {words}")  # fmt: skip
    if not accepted and grant.beneficiary_id:
        notify_organisation(
            grant.circle_id, grant.beneficiary_id,
            Message(key=f"instalment:{one.pk}:{code}:refused:{at.isoformat()}", act="Envoyer le document",
                    title=f"Document refusé : {one.needs[code]}", page=grant.page(), body=row.reason,
                    waiting=grant.authority.short_name, consequence=f"Le versement {one.number} reste bloqué."),
            at=at, roles=[Role.DIRECTOR, Role.PROJECT_LEAD],
        )  # fmt: skip
    settled = {each.code for each in one.documents.filter(verdict=Verdict.ACCEPTED)}
    if grant.signed_on and settled >= set(one.needs):
        _plan_payment(grant, one, today_of(grant, at))
    else:
        journal.drop(pay_key(one))
    return row


@transaction.atomic
def raise_reserve(*, actor: Actor, grant_id: uuid.UUID, reason: str, at: datetime) -> Reserve:
    """Hold the instalments of an aid until the reserve is lifted."""
    grant = locked(actor, grant_id)
    policies.may_follow(actor, grant).or_raise()
    if not reason.strip():
        raise DomainError("Une réserve a son motif.", code="reason")
    row = Reserve.objects.create(circle_id=grant.circle_id, grant=grant, reason=reason.strip()[:300],
                                 raised_on=today_of(grant, at), person_id=actor.person_id)  # fmt: skip
    record(grant.circle_id, verb="grant.reserve", label="Réserve émise : les versements attendent", actor=actor, at=at,
           reason=row.reason, page=grant.page(), subject=grant.pk)  # fmt: skip
    return row


@transaction.atomic
def lift_reserve(*, actor: Actor, grant_id: uuid.UUID, reserve_id: uuid.UUID, at: datetime) -> Reserve:
    """Lift a reserve; lifting it again changes nothing."""
    grant = locked(actor, grant_id)
    policies.may_follow(actor, grant).or_raise()
    row = grant.reserves.filter(pk=reserve_id).first()
    if row is None:
        raise DomainError("Cette réserve n’est pas celle de l’aide.", code="unknown")
    if row.lifted_on is None:
        row.lifted_on = today_of(grant, at)
        row.save(update_fields=["lifted_on"])
        record(grant.circle_id, verb="grant.lift_reserve", label="Réserve levée", actor=actor, at=at, reason=row.reason,
               page=grant.page(), subject=grant.pk)  # fmt: skip
    return row


# -- Certification, order, payment -------------------------------------------------------------------------------------


@transaction.atomic
def certify(*, actor: Actor, instalment_id: uuid.UUID, at: datetime) -> Instalment:
    """Certify the service: the instalment may be ordered. What justified it is kept with its hashes.

    Raises Refused with what blocks it: no signature, a document not accepted, a reserve, an earlier one unpaid.
    """
    grant, one = _instalment(actor, instalment_id)
    policies.may_follow(actor, grant).or_raise()
    _unblocked(grant, one)
    one.certified_on, one.justified_by = today_of(grant, at), _justifications(grant, one)
    one.save(update_fields=["certified_on", "justified_by"])
    return advance(one, "certify", actor=actor, at=at, label=f"Versement {one.number} : service fait certifié",
                   evidence={"pieces": one.justified_by})  # fmt: skip


def _unblocked(grant: Grant, one: Instalment) -> None:
    if grant.state != "in_force":
        raise DomainError(f"L’aide est « {grant.state_label} » : aucun versement ne part.", code="state")
    rows = selectors.list_instalments(grant)
    me = next(each for each in rows if each.pk == one.pk)
    selectors.may_be_paid(me, rows, grant, selectors.open_reserves(grant)).or_raise()


def _justifications(grant: Grant, one: Instalment) -> list[dict[str, str]]:
    text = selectors.current_text(grant, 0)
    signed = (
        {each.document for each in text.signatures.select_related("document")} if text and one.number == 1 else set()
    )
    pieces = [{"label": "convention signée", "file": each.name, "sha256": each.sha256} for each in signed if each]
    for row in one.documents.select_related("document"):
        file = {"file": row.document.name, "sha256": row.document.sha256} if row.document else {}
        pieces.append({"label": one.needs[row.code], **file})
    return sorted(pieces, key=lambda piece: (piece["label"], piece.get("sha256", "")))


@transaction.atomic
def uncertify(*, actor: Actor, instalment_id: uuid.UUID, reason: str, at: datetime) -> Instalment:
    """Take a certification back, with its reason."""
    grant, one = _instalment(actor, instalment_id)
    policies.may_follow(actor, grant).or_raise()
    advance(
        one, "uncertify", actor=actor, at=at, reason=reason, label=f"Versement {one.number} : certification retirée"
    )
    one.certified_on, one.justified_by = None, []
    one.save(update_fields=["certified_on", "justified_by"])
    return one


@transaction.atomic
def order(*, actor: Actor, instalment_ids: Collection[uuid.UUID], at: datetime) -> str:
    """Put certified instalments in one payment order and return its number. All of them, or none."""
    if not instalment_ids:
        raise DomainError("Choisissez au moins un versement certifié.", code="nothing")
    asked = {pk: selectors.get_instalment(actor, pk).grant for pk in instalment_ids}
    number = _take_number(actor, today_of(next(iter(asked.values())), at).year)
    for grant_id in sorted({one.pk for one in asked.values()}):
        locked(actor, grant_id)  # whoever needs several aids takes them in this order
    for pk in sorted(set(instalment_ids)):
        grant, one = _instalment(actor, pk)
        policies.may_follow(actor, grant).or_raise()
        _unblocked(grant, one)
        one.ordered_on, one.order_number = today_of(grant, at), number
        one.save(update_fields=["ordered_on", "order_number"])
        advance(one, "order", actor=actor, at=at, label=f"Versement {one.number} ordonnancé : {format_euros(one.amount)}",
                evidence={"ordre": number, "montant": str(one.amount)})  # fmt: skip
        journal.close(pay_key(one))
    return number


def _take_number(actor: Actor, year: int) -> str:
    """The next number of the year. One that was given is never given again, though its order was taken back or bounced."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"orders:{actor.organisation_id}"])
    prefix = f"OP-{year}-"
    orders = Event.objects.filter(
        organisation_id=actor.organisation_id, verb=ORDERED, evidence__ordre__startswith=prefix
    )
    given = orders.values_list("evidence__ordre", flat=True).distinct()
    return f"{prefix}{max((int(one.removeprefix(prefix)) for one in given), default=0) + 1:04}"


@transaction.atomic
def take_order_back(*, actor: Actor, instalment_id: uuid.UUID, reason: str, at: datetime) -> Instalment:
    """The accountant sends an order back: the instalment is certified again, out of the order."""
    grant, one = _instalment(actor, instalment_id)
    policies.may_follow(actor, grant).or_raise()
    advance(one, "take_back", actor=actor, at=at, reason=reason, evidence={"ordre": one.order_number},
            label=f"Versement {one.number} : ordre de paiement repris")  # fmt: skip
    one.ordered_on, one.order_number = None, ""
    one.save(update_fields=["ordered_on", "order_number"])
    return _due_again(grant, one, actor=actor, at=at, reason=reason)


def _due_again(grant: Grant, one: Instalment, *, actor: Actor, at: datetime, reason: str) -> Instalment:
    """It is to be ordered again, for what the aid still grants: a reduction could not cut it once its order had left."""
    _plan_payment(grant, one, today_of(grant, at))
    cut_to(grant, grant.amount, actor=actor, at=at, reason=reason)
    one.refresh_from_db()
    return one


@transaction.atomic
def record_payment(
    *, actor: Actor, instalment_id: uuid.UUID, paid_on: date, reference: str = "", at: datetime
) -> Instalment:
    """The accountant has paid: the day, its reference. The sum paid never goes beyond the aid."""
    grant, one = _instalment(actor, instalment_id)
    policies.may_follow(actor, grant).or_raise()
    if one.ordered_on is not None and not one.ordered_on <= paid_on <= today_of(grant, at):
        raise DomainError(
            f"Le versement est ordonnancé depuis le {format_date(one.ordered_on)} : la date de paiement va de ce jour à "
            "aujourd’hui.", code="day",
        )  # fmt: skip
    if grant.paid + one.amount > grant.amount:
        raise DomainError(
            f"Ce paiement porterait le total versé à {format_euros(grant.paid + one.amount)}, au-delà de l’aide de "
            f"{format_euros(grant.amount)} : reprenez l’ordre de paiement.", code="beyond",
        )  # fmt: skip
    advance(one, "pay", actor=actor, at=at, label=f"Versement {one.number} payé le {format_date(paid_on)}",
            evidence={"montant": str(one.amount), "ordre": one.order_number, "reference": reference})  # fmt: skip
    one.paid_on, one.reference = paid_on, reference.strip()[:60]
    one.save(update_fields=["paid_on", "reference"])
    grant.paid += one.amount
    grant.save(update_fields=["paid"])
    if one.repayable:
        lending.lend(grant, one, actor=actor, at=at)
    if not grant.instalments.filter(state__in=["planned", "certified", "ordered"]).exists():
        journal.close(f"grant:{grant.pk}:lapse")
    if grant.beneficiary_id:
        notify_organisation(
            grant.circle_id, grant.beneficiary_id,
            Message(key=f"instalment:{one.pk}:paid", title=f"Versement de {format_euros(one.amount)} : {grant.number}",
                    act="Ouvrir l’aide", page=grant.page(), consequence="Il figure dans votre prochain état récapitulatif."),
            at=at, roles=[Role.DIRECTOR, Role.PROJECT_LEAD],
        )  # fmt: skip
    return one


@transaction.atomic
def bounce(*, actor: Actor, instalment_id: uuid.UUID, reason: str, at: datetime) -> Instalment:
    """The bank sent a payment back: it was not paid, it leaves its order and is certified, to be ordered again.

    What was lent with it is lent no more. Raises DomainError once a part of that loan came back or a decision changed it.
    """
    grant, one = _instalment(actor, instalment_id)
    policies.may_amend(actor, grant).or_raise()
    amount = one.amount
    former = {
        "ordre": one.order_number,
        "référence": one.reference,
        "payé le": str(one.paid_on),
        "montant": str(amount),
    }
    if one.repayable and one.state == "paid":
        lending.unlend(grant, one, actor=actor, at=at)
    advance(one, "bounce", actor=actor, at=at, reason=reason, evidence=former,
            label=f"Versement {one.number} : paiement de {format_euros(amount)} rejeté")  # fmt: skip
    one.paid_on, one.reference, one.ordered_on, one.order_number = None, "", None, ""
    one.save(update_fields=["paid_on", "reference", "ordered_on", "order_number"])
    grant.paid -= amount
    grant.save(update_fields=["paid"])
    plan_dues(grant)
    _due_again(grant, one, actor=actor, at=at, reason=reason)
    if grant.beneficiary_id:
        notify_organisation(
            grant.circle_id, grant.beneficiary_id,
            Message(key=f"instalment:{one.pk}:bounced:{at.isoformat()}", act="Ouvrir l’aide", page=grant.page(),
                    title=f"Versement de {format_euros(amount)} rejeté par la banque : {grant.number}", body=reason.strip(),
                    waiting=grant.authority.short_name, consequence="Vérifiez vos coordonnées bancaires avec l’autorité."),
            at=at, roles=[Role.DIRECTOR, Role.PROJECT_LEAD],
        )  # fmt: skip
    return one
