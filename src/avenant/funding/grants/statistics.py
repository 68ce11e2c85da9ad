"""What a call gave, counted from what the reader sees: dossiers, aids, payments, by territory, status and year."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, F, Max, Min, Q, Sum

from avenant.domain.money import ZERO
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Territory
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Applicant, Dossier
from avenant.funding.grants.models import Grant, Instalment

HANDED_IN = ("submitted", "complete", "rejected_incomplete")


def statistics_of(actor: Actor, call: PublishedCall) -> dict[str, Any]:
    """The figures of a call. A share is None when there is nothing to divide by."""
    dossiers = Dossier.objects.visible_to(actor).filter(call=call, state__in=HANDED_IN)
    grants = Grant.objects.visible_to(actor).filter(call=call).exclude(state="cancelled")
    received = dossiers.order_by().aggregate(
        number=Count("id"), requested=Sum("requested"), computed=Sum("grant"),
        complete=Count("id", filter=Q(state="complete")), rejected=Count("id", filter=Q(state="rejected_incomplete")),
    )  # fmt: skip
    given = grants.order_by().aggregate(
        mean=Avg("amount"), least=Min("amount"), most=Max("amount"), number=Count("id"), amount=Sum("amount"),
        paid=Sum("paid"), consumed=Sum("consumed"), signed=Count("id", filter=Q(signed_on__isnull=False)),
    )  # fmt: skip
    amount = given["amount"] or ZERO
    return {
        "received": received,
        "given": given,
        "success": Decimal(given["number"]) / received["number"] if received["number"] else None,
        "paid_share": (given["paid"] or ZERO) / amount if amount else None,
        "consumed_share": (given["consumed"] or ZERO) / amount if amount else None,
        "territories": _by(dossiers, grants, "territory_code", dict(Territory.objects.values_list("code", "name"))),
        "statuses": _by(dossiers, grants, "status", dict(Applicant.Status.choices)),
        **_years(actor, call),
    }


def _by(dossiers: Any, grants: Any, field: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    of_grant = field if field == "territory_code" else f"dossier__{field}"
    handed = {
        row["key"]: row
        for row in dossiers.order_by().values(key=F(field)).annotate(number=Count("id"), asked=Sum("requested"))
    }
    given = {
        row["key"]: row
        for row in grants.order_by().values(key=F(of_grant)).annotate(number=Count("id"), amount=Sum("amount"))
    }
    return [
        {
            "label": labels.get(key or "", "non précisé"), "received": handed.get(key, {}).get("number", 0),
            "asked": handed.get(key, {}).get("asked"), "granted": given.get(key, {}).get("number", 0),
            "amount": given.get(key, {}).get("amount"),
        }
        for key in sorted({*handed, *given}, key=lambda one: labels.get(one or "", "~"))
    ]  # fmt: skip


def _years(actor: Actor, call: PublishedCall) -> dict[str, Any]:
    """What each year takes: paid, and what its instalments still foresee; what is foreseen without a day."""
    rows = Instalment.objects.visible_to(actor).filter(grant__call=call).exclude(grant__state="cancelled").order_by()
    paid = dict(rows.filter(state="paid").values_list("paid_on__year").annotate(Sum("amount")))
    waiting = rows.filter(state__in=["planned", "certified", "ordered"], amount__gt=0)
    planned = dict(waiting.values_list("due_on__year").annotate(Sum("amount")))
    undated = planned.pop(None, ZERO)
    years = [
        {"year": year, "paid": paid.get(year, ZERO), "planned": planned.get(year, ZERO)}
        for year in sorted({*paid, *planned})
    ]
    return {"years": years, "undated": undated, "planned": sum(planned.values(), undated)}


def statistics_sheet(told: dict[str, Any]) -> Sheet:
    """The figures as a table to take away."""
    columns = (Column("Figure", width=44), Column("Détail", width=32), Column("Nombre", Kind.INTEGER, 12),
               Column("Montant", Kind.EUROS, 18))  # fmt: skip
    received, given = told["received"], told["given"]
    rows: list[tuple[Any, ...]] = [
        ("Dossiers déposés", "", received["number"], received["requested"]),
        ("Dossiers complets", "", received["complete"], None),
        ("Dossiers rejetés, incomplets", "", received["rejected"], None),
        ("Aides accordées", "", given["number"], given["amount"]),
        ("Conventions signées", "", given["signed"], None),
        ("Versé", "", None, given["paid"]),
        ("Consommé", "", None, given["consumed"]),
    ]
    for title, key in (("Par territoire", "territories"), ("Par statut", "statuses")):
        for one in told[key]:
            rows.append((f"{title}, dossiers déposés", one["label"], one["received"], one["asked"]))
            rows.append((f"{title}, aides accordées", one["label"], one["granted"], one["amount"]))
    for one in told["years"]:
        rows.append(("Versé dans l’année", str(one["year"]), None, one["paid"]))
        rows.append(("À verser dans l’année", str(one["year"]), None, one["planned"]))
    if told["undated"]:
        rows.append(("À verser, sans date", "", None, told["undated"]))
    return Sheet("Bilan de l’appel", columns, rows)
