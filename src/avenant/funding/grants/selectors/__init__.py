"""Reads of aids, actor first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Prefetch, Q, QuerySet, Sum
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import Decision, DomainError
from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words, quoted
from avenant.domain.funding import payments as rules
from avenant.domain.funding.awards import plan_days, signature_window, word_window
from avenant.domain.money import ZERO
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment, Organisation, Territory
from avenant.foundations.words import with_words
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import (
    Agreement,
    AgreementSignature,
    Grant,
    Instalment,
    InstalmentDocument,
    Practice,
    ScanBatch,
    Scheme,
    Socle,
)

SORTS = {
    "nom": ("folded", "id"),
    "-nom": ("-folded", "-id"),
    "montant": ("amount", "id"),
    "-montant": ("-amount", "-id"),
    "verse": ("paid", "id"),
    "-verse": ("-paid", "-id"),
    "decision": ("decided_on", "id"),
    "-decision": ("-decided_on", "-id"),
}
DEFAULT_SORT = "-decision"


@dataclass(frozen=True, slots=True)
class GrantSearch:
    """Which aids to show."""

    call: uuid.UUID | None = None
    state: str = ""
    territory: str = ""
    year: int | None = None
    text: str = ""
    sort: str = DEFAULT_SORT


def list_grants(actor: Actor, search: GrantSearch) -> QuerySet[Grant]:
    """The aids that I see: those of my establishment, those that my institution grants or gives its opinion on."""
    rows = Grant.objects.visible_to(actor).select_related("call").defer("call__rules", "call__content", "terms")
    if search.call:
        rows = rows.filter(call=search.call)
    if search.state:
        rows = rows.filter(state=search.state)
    if search.territory:
        rows = rows.filter(territory_code=search.territory)
    if search.year:
        rows = rows.filter(decided_on__year=search.year)
    if search.text.strip():
        found = with_words(rows, search.text)
        rows = Grant.objects.filter(pk__in=found.values("pk")).select_related("call")
        rows = rows.defer("call__rules", "call__content", "terms")
    return rows.order_by(*SORTS.get(search.sort, SORTS[DEFAULT_SORT]))


def get_grant(actor: Actor, grant_id: uuid.UUID) -> Grant:
    """One aid; 404 outside its circle."""
    rows = Grant.objects.visible_to(actor).select_related(
        "call", "authority__territory", "beneficiary", "establishment", "dossier__submission"
    )
    return get_object_or_404(rows, pk=grant_id)


def find_grant(actor: Actor, dossier: Dossier) -> Grant | None:
    """The aid of a dossier, once it is granted."""
    return Grant.objects.visible_to(actor).filter(dossier=dossier).first()


def years_with_grants(actor: Actor) -> list[int]:
    """The years of decision of the aids that I see, latest first."""
    rows = Grant.objects.visible_to(actor).order_by().values_list("decided_on__year", flat=True).distinct()
    return sorted(rows, reverse=True)


def totals_of(rows: QuerySet[Grant]) -> dict[str, Any]:
    """What a list of aids adds up to."""
    return rows.order_by().aggregate(
        amount=Sum("amount"), paid=Sum("paid"), consumed=Sum("consumed"), number=Count("id")
    )


def calls_with_grants(actor: Actor) -> list[tuple[Any, str]]:
    """The calls of which I see aids: for the filter."""
    seen = Grant.objects.visible_to(actor).exclude(call=None).values("call")
    return [(one.pk, str(one)) for one in PublishedCall.objects.filter(pk__in=seen).only("pk", "title", "year", "key")]


# -- Agreements --------------------------------------------------------------------------------------------------------


def get_agreement(actor: Actor, agreement_id: uuid.UUID) -> Agreement:
    """One text; 404 outside its circle."""
    rows = Agreement.objects.visible_to(actor).select_related(
        "grant__authority__territory", "grant__beneficiary", "socle"
    )
    return get_object_or_404(rows, pk=agreement_id)


def list_agreements(grant: Grant) -> list[Agreement]:
    """The texts of an aid with their signatures, the withdrawn ones last."""
    rows = grant.agreements.prefetch_related(
        Prefetch("signatures", AgreementSignature.objects.select_related("document", "organisation"))
    )
    return sorted(rows, key=lambda one: (one.withdrawn_at is not None, one.number))


def current_text(grant: Grant, number: int) -> Agreement | None:
    """The text of a rank that stands."""
    return grant.agreements.filter(number=number, withdrawn_at=None).first()


def gaps_of(grant: Grant) -> list[str]:
    """What is missing for the agreement to be made, one sentence each: amount, actions, indicators, socle."""
    gaps = []
    actions = list(grant.actions.prefetch_related("indicators"))
    if not actions:
        gaps.append("L’aide n’a aucune action.")
    bare = [quoted(one.title) for one in actions if not one.indicators.all()]
    if bare:
        gaps.append(f"Aucun indicateur ne suit {enumerate_in_words(bare)}.")
    if actions and not any(one.target is not None for action in actions for one in action.indicators.all()):
        gaps.append("Aucun indicateur de résultats n’a de cible.")
    if needs_socle(grant) and current_socle(grant.authority_id) is None:
        gaps.append("Aucune version du socle minimum de bonnes pratiques n’est adoptée.")
    return gaps


def may_finalise(row: Agreement) -> Decision:
    """Is the text signed by every party."""
    waited = [one.get_party_display() for one in row.signatures.all() if one.signed_on is None]
    return Decision.no(f"Signature attendue : {enumerate_in_words(waited)}.") if waited else Decision.yes()


def needs_socle(grant: Grant) -> bool:
    """Is a socle joined to this agreement: the call asks for it, or its authority has adopted one."""
    if grant.dossier is not None and "socle" in grant.dossier.submission.book().vocabulary.pieces:
        return True
    return current_socle(grant.authority_id) is not None


def current_socle(authority_id: uuid.UUID) -> Socle | None:
    """The last adopted version of the authority's socle."""
    return Socle.objects.filter(authority_id=authority_id, adopted_on__isnull=False).order_by("-number").first()


def get_socle(actor: Actor, socle_id: uuid.UUID) -> Socle:
    """A version of my authority's own; 404 for another."""
    return get_object_or_404(Socle, pk=socle_id, authority_id=actor.organisation_id)


def list_socles(authority_id: uuid.UUID) -> list[Socle]:
    """The versions of an authority's socle, newest first."""
    return list(Socle.objects.filter(authority_id=authority_id).prefetch_related("practices").order_by("-number"))


def list_practices(socle: Socle, purpose: str = "") -> list[Practice]:
    """The practices of a version, those for the staff or for the residents alone when asked."""
    rows = socle.practices.all()
    if purpose in {"salaries", "residents"}:
        rows = rows.filter(**{"for_staff" if purpose == "salaries" else "for_residents": True})
    return list(rows)


# -- Instalments -------------------------------------------------------------------------------------------------------


def get_instalment(actor: Actor, instalment_id: uuid.UUID) -> Instalment:
    """One instalment; 404 outside its circle."""
    rows = Instalment.objects.visible_to(actor).select_related("grant__authority__territory", "grant__beneficiary")
    return get_object_or_404(rows, pk=instalment_id)


def list_instalments(grant: Grant) -> list[Instalment]:
    """The instalments of an aid with their documents."""
    return list(
        grant.instalments.prefetch_related(Prefetch("documents", InstalmentDocument.objects.select_related("document")))
    )


def list_waiting_for_invoices(grant: Grant) -> list[Instalment]:
    """The instalments that wait for invoices: what they give now, and what is left for the next ones."""
    return list(grant.instalments.filter(after="invoices", state="planned").order_by("number"))


def interim_of(grant: Grant, compliant: Decimal) -> rules.Interim:
    """What compliant expenses to date give now, step by step. Raises DomainError while the rate is unknown."""
    rate, ceiling = grant.aid_rate, grant.said_terms.interim
    if rate is None or ceiling is None:
        raise DomainError("Le taux de cette aide n’est pas connu : ses factures ne se remboursent pas.", code="rate")
    engaged = grant.instalments.filter(state__in=["certified", "ordered", "paid"]).aggregate(sum=Sum("amount"))["sum"]
    pool = sum((one.amount for one in list_waiting_for_invoices(grant)), ZERO)
    return rules.interim_payment(
        granted=grant.amount, rate=rate, compliant=compliant, engaged=engaged or ZERO, pool=pool, ceiling=ceiling
    )


def may_be_paid(one: Instalment, among: Iterable[Instalment], grant: Grant, reserves: Iterable[str]) -> Decision:
    """May an instalment be certified now: agreement signed, documents accepted, no reserve, earlier ones paid."""
    accepted = {row.code for row in one.documents.all() if row.verdict == "accepted"}
    return rules.may_pay(
        as_domain(one), signed=grant.signed_on is not None,
        accepted=[label for code, label in one.needs.items() if code in accepted],
        earlier=[as_domain(other) for other in among if other.number < one.number and other.state not in {"cancelled", "lapsed"}],
        reserves=list(reserves),
    )  # fmt: skip


def as_domain(one: Instalment, *, settled: bool | None = None) -> rules.Instalment:
    """The instalment as the rules read it; ``settled`` counts it as paid (an order that has left is not cut)."""
    done = one.state == "paid" if settled is None else settled
    return rules.Instalment(
        number=one.number, amount=one.amount, after=one.after, needs=tuple(one.needs.values()),
        paid=one.amount if done else ZERO, due_on=one.due_on,
    )  # fmt: skip


def warnings_of(grant: Grant) -> list[str]:
    """What is to be seen of the schedule of a signed aid."""
    days = plan_days(grant.said_terms, grant.signed_on) if grant.signed_on else []
    return [one.warning for one in days if one.warning]


def window_of(grant: Grant) -> tuple[str, str]:
    """Where the signature falls against the calendar of the call, and the tone of its mark."""
    if grant.signed_on is None or grant.call is None:
        return "", ""
    return word_window(grant.signed_on, signature_window(grant.call.content.get("calendar", [])))


def open_reserves(grant: Grant) -> list[str]:
    """The reserves that stand."""
    return list(grant.reserves.filter(lifted_on=None).values_list("reason", flat=True))


PAYMENT_SORTS: dict[str, tuple[Any, ...]] = {
    "prevu": (F("due_on").asc(nulls_last=True), "grant__folded", "number", "id"),
    "-prevu": (F("due_on").desc(nulls_last=True), "grant__folded", "number", "id"),
    "nom": ("grant__folded", "number", "id"),
    "-nom": ("-grant__folded", "number", "id"),
    "montant": ("amount", "id"),
    "-montant": ("-amount", "-id"),
    "paye": (F("paid_on").asc(nulls_last=True), "id"),
    "-paye": (F("paid_on").desc(nulls_last=True), "id"),
}


@dataclass(frozen=True, slots=True)
class PaymentSearch:
    """Which instalments to show."""

    state: str = ""
    text: str = ""
    sort: str = "prevu"


def list_payments(actor: Actor, search: PaymentSearch) -> QuerySet[Instalment]:
    """The instalments of the aids that my institution grants."""
    rows = Instalment.objects.visible_to(actor).filter(grant__authority_id=actor.organisation_id)
    rows = rows.exclude(grant__state="cancelled").select_related("grant").defer("grant__terms")
    if search.state:
        rows = rows.filter(state=search.state)
    for word in fold(search.text).split():
        rows = rows.filter(Q(grant__folded__contains=word) | Q(grant__number__icontains=word))
    return rows.order_by(*PAYMENT_SORTS.get(search.sort, PAYMENT_SORTS["prevu"]))


def sum_of_payments(rows: QuerySet[Instalment]) -> Decimal:
    """What a list of instalments adds up to."""
    return rows.order_by().aggregate(sum=Sum("amount"))["sum"] or ZERO


def list_orders(actor: Actor) -> list[dict[str, Any]]:
    """The latest payment orders of my institution: number, day, how many instalments, how much, how many are paid."""
    rows = (
        Instalment.objects.visible_to(actor).filter(grant__authority_id=actor.organisation_id).exclude(order_number="")
    )
    told = (
        rows.order_by()
        .values("order_number")
        .annotate(
            on=Max("ordered_on"), number=Count("id"), amount=Sum("amount"), paid=Count("id", filter=Q(state="paid"))
        )
    )
    return [dict(one) for one in told.order_by("-order_number")[:30]]


def list_ordered(actor: Actor, number: str) -> list[Instalment]:
    """The instalments of one payment order."""
    rows = Instalment.objects.visible_to(actor).filter(grant__authority_id=actor.organisation_id, order_number=number)
    return list(
        rows.select_related("grant__call")
        .defer("grant__call__rules", "grant__call__content")
        .order_by("grant__folded", "number")
    )


# -- Lists -------------------------------------------------------------------------------------------------------------


def list_funded(actor: Actor, year: int | None = None) -> QuerySet[Grant]:
    """The aids that my institution has notified, by beneficiary: what its partners are told (convention, article 4)."""
    rows = Grant.objects.visible_to(actor).filter(authority_id=actor.organisation_id).exclude(state="cancelled")
    if year:
        rows = rows.filter(decided_on__year=year)
    return rows.select_related("establishment").defer("terms").order_by("folded", "decided_on", "id")


def list_for(actor: Actor, establishment: Establishment) -> list[Grant]:
    """The aids of an establishment that I see, by institution, latest first: side by side on its card."""
    mine = Q(establishment=establishment) | (Q(siret=establishment.siret) if establishment.siret else Q(pk=None))
    rows = Grant.objects.visible_to(actor).filter(mine).exclude(state="cancelled").select_related("authority")
    return list(rows.defer("terms").order_by("authority__short_name", "-decided_on")[:60])


def list_partners(actor: Actor) -> QuerySet[Organisation]:
    """The institutions of my territory to which a list may be sent."""
    kinds = [OrganisationKind.ARS, OrganisationKind.FUND, OrganisationKind.LABOUR, OrganisationKind.SERVICE]
    rows = Organisation.objects.filter(territory_id=actor.territory, kind__in=kinds)
    return rows.exclude(pk=actor.organisation_id).order_by("kind", "short_name")


def list_sendings(actor: Actor) -> QuerySet[Event]:
    """The lists that my institution sent, or received, latest first."""
    return Event.objects.visible_to(actor).filter(verb="list.send").select_related("organisation")[:20]


# -- Catalogue ---------------------------------------------------------------------------------------------------------

AT_HOME = ("88.1", "88.10A")
"""Home help and care, by the beginning of the NAF code."""

SCHEME_SORTS = {
    "titre": ("folded", "variant", "starts_on"),
    "-titre": ("-folded", "variant", "starts_on"),
    "financeur": ("funder", "folded"),
    "-financeur": ("-funder", "folded"),
    "fin": ("ends_on", "folded"),
    "-fin": ("-ends_on", "folded"),
}


@dataclass(frozen=True, slots=True)
class SchemeSearch:
    """Which schemes to show; ``on``: those open that day only; ``owner``: those that one institution keeps."""

    text: str = ""
    kind: str = ""
    on: date | None = None
    owner: uuid.UUID | None = None
    sort: str = "titre"


def list_schemes(actor: Actor, search: SchemeSearch | None = None) -> QuerySet[Scheme]:
    """The catalogue of my territory, with that of the national bodies."""
    said = search or SchemeSearch()
    places = Territory.objects.filter(Q(pk=actor.territory) | Q(children=actor.territory)).values("pk")
    rows = Scheme.objects.filter(Q(territory__in=places) | Q(owner__kind=OrganisationKind.NATIONAL))
    if said.kind:
        rows = rows.filter(kind=said.kind)
    if said.owner:
        rows = rows.filter(owner=said.owner)
    if said.on:
        rows = rows.filter(Q(starts_on=None) | Q(starts_on__lte=said.on), Q(ends_on=None) | Q(ends_on__gte=said.on))
    for word in fold(said.text).split():
        rows = rows.filter(folded__contains=word)
    return rows.select_related("owner").order_by(*SCHEME_SORTS.get(said.sort, SCHEME_SORTS["titre"]))


def is_open(one: Scheme, on: date) -> bool:
    """Is a scheme open on a day; one without dates is."""
    return (one.starts_on is None or one.starts_on <= on) and (one.ends_on is None or on <= one.ends_on)


def list_incomplete(actor: Actor) -> list[Scheme]:
    """The schemes whose conditions nobody gave: what is missing of the catalogue."""
    return [one for one in list_schemes(actor) if one.lacks]


def mismatch(scheme: Scheme, employer: Establishment | None) -> str:
    """The warning of a sheet chosen for an employer of the other setting; empty when it suits, or cannot be told."""
    if employer is None or not scheme.variant or not employer.naf:
        return ""
    home = employer.naf.startswith(AT_HOME)
    setting = Scheme.Setting.HOME if home else Scheme.Setting.ESTABLISHMENT
    if setting == scheme.variant:
        return ""
    return (
        f"{quoted(str(scheme.title))} : la fiche choisie est pour « {scheme.get_variant_display()} », alors que le code "
        f"NAF {employer.naf} est celui de « {setting.label} »."
    )


# -- Scans -------------------------------------------------------------------------------------------------------------


def list_scans(row: Agreement) -> QuerySet[Document]:
    """The scanned copies that were sent back to a text."""
    return Document.objects.filter(subject=row.pk, kind="scanned_copy", circle_id=row.circle_id)


def get_batch(actor: Actor, batch_id: uuid.UUID) -> ScanBatch:
    """One batch of scans; 404 outside its circle."""
    return get_object_or_404(ScanBatch.objects.visible_to(actor).select_related("document"), pk=batch_id)


def list_batches(actor: Actor) -> QuerySet[ScanBatch]:
    """The batches of my institution."""
    return ScanBatch.objects.visible_to(actor).select_related("document")
