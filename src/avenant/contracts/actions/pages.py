"""What the pages of the actions show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from avenant.contracts.actions import policies, selectors
from avenant.contracts.actions.forms import (
    ActionFilter,
    EnterpriseFilter,
    RequestStepForm,
    SharedFilter,
    TargetFilter,
)
from avenant.contracts.actions.models import FollowedEnterprise, FundingRequest, SharedAction, Target
from avenant.contracts.actions.selectors import ActionLine
from avenant.contracts.drafting.models import Annex, Contract
from avenant.contracts.drafting.services.signing import today_of
from avenant.contracts.drafting.text_pages import party_name, tabs
from avenant.domain.folding import fold
from avenant.domain.french import format_number
from avenant.domain.lifecycles import Step
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.actors import Actor


def head(actor: Actor, contract: Contract, at: datetime) -> dict[str, Any]:
    """What every page of a contract carries."""
    return {
        "contract": contract,
        "tabs": tabs(actor, contract),
        "standing": contract.standing(today_of(contract, at)),
    }


def contract_page(actor: Actor, contract: Contract, at: datetime) -> dict[str, Any]:
    """The actions of a contract and what goes with them."""
    today = today_of(contract, at)
    return {
        **head(actor, contract, at),
        "year": today.year,
        "lines": selectors.list_actions(actor, contract, today),
        "shared": list(selectors.shared_of(actor, contract)),
        "laboratories": selectors.laboratories(actor, contract),
        "counts": selectors.campaign_counts(actor, contract, today.year),
        "campaigns": selectors.list_campaigns(actor, contract),
        **selectors.count_targets(actor, contract),
        "may_follow": policies.may_follow(actor, contract),
    }


def _steps_of(row: FundingRequest, sent: tuple[Any, RequestStepForm] | None) -> list[tuple[Step, RequestStepForm]]:
    """What may be said of a request now, each with its form: the one that was sent, or a blank one."""
    known = [one for one in row.lifecycle.from_state(row.state) if one.verb in RequestStepForm.FIELDS]
    return [
        (
            one,
            sent[1]
            if sent and sent[0] == row.pk and sent[1].data.get("act") == one.verb
            else RequestStepForm(act=one.verb),
        )
        for one in known
    ]


def action_page(
    actor: Actor, line: ActionLine, at: datetime, *, step: tuple[Any, RequestStepForm] | None = None
) -> dict[str, Any]:
    """One action of a contract; ``step`` is what was said of one of its requests and is wrong."""
    return {
        **head(actor, line.contract, at),
        "line": line,
        "requests": [
            (one, _steps_of(one, step)) for one in selectors.list_requests(actor, line.contract, line.clause.key)
        ],
        "funding": selectors.list_funding(actor, line.contract, line.clause.key),
        "objectives": selectors.list_objectives(actor, line.contract, line.clause.key),
        "may_say": policies.may_say_progress(actor, line.contract, line.pilot),
        "may_follow": policies.may_follow(actor, line.contract),
    }


def laboratory_choices(actor: Actor, contract: Contract) -> list[tuple[str, str]]:
    """The laboratories that the text names, with what they measure."""
    return [
        (one["name"], f"{one['name']}, mesures {one['measures']}") for one in selectors.laboratories(actor, contract)
    ]


def _words(count: int, noun: str, *, active: bool) -> str:
    plural = "s" if count > 1 else ""
    what = f"{format_number(count)} {noun}{plural}" if count else f"Aucune {noun}"
    if not active:
        return what
    return f"{what} {'répondent' if count > 1 else 'répond' if count else 'ne répond'} à ces filtres"


def word_actions(count: int, *, active: bool) -> str:
    """« 12 actions »."""
    return _words(count, "action", active=active)


def word_shared(count: int, *, active: bool) -> str:
    """« 3 actions communes », each counted once whatever the number of its contracts."""
    return _words(count, "action", active=active).replace("actions", "actions communes").replace(
        "action ", "action commune "
    )  # fmt: skip


def word_targets(count: int, *, active: bool) -> str:
    """« 40 établissements »."""
    return _words(count, "établissement", active=active).replace("Aucune é", "Aucun é")


ORDERS: Final[Mapping[str, Callable[[ActionLine], Any]]] = {
    "contrat": lambda one: (fold(one.contract.title), one.clause.position),
    "action": lambda one: fold(str(one.clause)),
    "etat": lambda one: (one.progress is None, one.state, fold(str(one.clause))),
}


def find_actions(actor: Actor, query: Any, today: date) -> tuple[ActionFilter, list[ActionLine], str]:
    """The filter of an address, my actions that it keeps, in the order that it asks for."""
    lines = selectors.list_my_actions(actor, today)
    form = ActionFilter(query, contrat=list({str(one.contract.pk): one.contract.title for one in lines}.items()))
    words = fold(form.wanted("q")).split()
    found = [
        one
        for one in lines
        if form.wanted("contrat") in ("", str(one.contract.pk))
        and form.wanted("etat") in ("", one.progress.state if one.progress else "none")
        and all(word in fold(f"{one.clause.heading} {one.clause.body}") for word in words)
    ]
    order = query.get("tri", "contrat")
    found.sort(key=ORDERS.get(order.removeprefix("-"), ORDERS["contrat"]), reverse=order.startswith("-"))
    return form, found, order


def actions_sheet(lines: Iterable[ActionLine]) -> Sheet:
    """My actions as a table."""
    columns = (
        Column("Contrat", width=40),
        Column("Volet", width=40),
        Column("Action", width=60),
        Column("Partie responsable", width=24),
        Column("Avancement", width=20),
        Column("Commentaire", width=50),
    )
    rows = (
        (
            one.contract.title,
            one.strand,
            str(one.clause),
            party_name(one.pilot) if one.pilot else "",
            one.state,
            one.progress.comment if one.progress else "",
        )
        for one in lines
    )
    return Sheet("Mes actions", columns, rows)


SHARED_ORDERS: Final = {"date": "held_on", "intitule": "title", "nature": "kind"}


def find_shared(actor: Actor, query: Any) -> tuple[SharedFilter, QuerySet[SharedAction], str]:
    """The filter of an address and the shared actions that it keeps, each once."""
    form = SharedFilter(query)
    rows = selectors.list_shared(actor)
    if form.wanted("q"):
        rows = rows.filter(title__icontains=form.wanted("q"))
    if form.wanted("nature"):
        rows = rows.filter(kind=form.wanted("nature"))
    if form.wanted("valorisees"):
        rows = rows.filter(promoted_on__isnull=False)
    if form.wanted("annee"):
        day = "promoted_on" if form.wanted("valorisees") else "held_on"
        rows = rows.filter(**{f"{day}__year": form.wanted("annee")})
    order = query.get("tri", "-date")
    column = SHARED_ORDERS.get(order.removeprefix("-"), "held_on")
    return form, rows.order_by(f"-{column}" if order.startswith("-") else column, "pk"), order


def shared_sheet(rows: Iterable[SharedAction]) -> Sheet:
    """Shared actions as a table."""
    columns = (
        Column("Date", Kind.DATE, 12),
        Column("Nature", width=24),
        Column("Intitulé", width=50),
        Column("Animée par", width=24),
        Column("Participants", width=60),
        Column("Contrats", width=60),
        Column("Publication", width=50),
        Column("Valorisée le", Kind.DATE, 12),
    )
    lines = (
        (
            one.held_on,
            one.get_kind_display(),
            one.title,
            one.leader.short_name,
            ", ".join(each.organisation.short_name for each in one.members.all()),
            " ; ".join(each.contract.title for each in one.links.all()),
            one.publication,
            one.promoted_on,
        )
        for one in rows
    )
    return Sheet("Actions communes", columns, lines)


TARGET_ORDERS: Final = {"nom": "name", "siret": "siret", "secteur": "sector", "interlocuteur": "contact"}


def find_targets(actor: Actor, contract: Contract, query: Any) -> tuple[TargetFilter, QuerySet[Target], str]:
    """The filter of an address and the establishments that it keeps."""
    form = TargetFilter(query)
    words = form.wanted("q").split() if form.wanted("q") else []
    rows = selectors.search_targets(selectors.list_targets(actor, contract), words, gaps=bool(form.wanted("manques")))
    order = query.get("tri", "nom")
    column = TARGET_ORDERS.get(order.removeprefix("-"), "name")
    return form, rows.order_by(f"-{column}" if order.startswith("-") else column, "siret"), order


def targets_sheet(rows: Iterable[Target]) -> Sheet:
    """The targeted establishments as a table."""
    columns = (
        Column("FINESS", Kind.CODE, 12),
        Column("SIRET", Kind.CODE, 18),
        Column("Nom", width=50),
        Column("Secteur", width=30),
        Column("Interlocuteur au service", width=40),
    )
    return Sheet("Établissements ciblés", columns, ((o.finess, o.siret, o.name, o.sector, o.contact) for o in rows))


ENTERPRISE_ORDERS: Final = {"nom": "name", "siret": "siret", "exposes": "exposed"}


def find_enterprises(
    actor: Actor, line: ActionLine, query: Any
) -> tuple[EnterpriseFilter, QuerySet[FollowedEnterprise], str]:
    """The filter of an address and the followed enterprises that it keeps."""
    form = EnterpriseFilter(query)
    rows = selectors.list_enterprises(actor, line.contract, line.clause.key)
    for word in form.wanted("q").split() if form.wanted("q") else []:
        rows = rows.filter(Q(name__icontains=word) | Q(siret__startswith=word))
    for asked, column in (("identification", "identified"), ("tracabilite", "traced")):
        if form.wanted(asked):
            rows = rows.filter(**{column: form.wanted(asked)})
    order = query.get("tri", "nom")
    column = ENTERPRISE_ORDERS.get(order.removeprefix("-"), "name")
    return form, rows.order_by(f"-{column}" if order.startswith("-") else column, "siret"), order


def word_enterprises(count: int, *, active: bool) -> str:
    """« 12 entreprises »."""
    return _words(count, "entreprise", active=active)


def enterprises_sheet(rows: Iterable[FollowedEnterprise]) -> Sheet:
    """The followed enterprises as a table that can be loaded again."""
    columns = (
        Column("SIRET", Kind.CODE, 18),
        Column("Raison sociale", width=50),
        Column("Identification", width=18),
        Column("Traçabilité", width=18),
        Column("Salariés exposés", Kind.INTEGER, 14),
    )
    lines = ((o.siret, o.name, o.get_identified_display(), o.get_traced_display(), o.exposed) for o in rows)
    return Sheet("Entreprises suivies", columns, lines)


def sort_missing(rows: Sequence[tuple[Annex, int]], query: Any) -> list[tuple[Annex, int]]:
    """The missing annexes filtered by words and sorted by contract or by title."""
    words = fold(query.get("q", "")).split()
    found = [one for one in rows if all(word in fold(f"{one[0].contract.title} {one[0]}") for word in words)]
    order = query.get("tri", "contrat")
    by_title = order.removeprefix("-") == "piece"
    found.sort(key=lambda one: fold(str(one[0])) if by_title else fold(one[0].contract.title))
    return found[::-1] if order.startswith("-") else found


def missing_sheet(rows: Iterable[tuple[Annex, int]]) -> Sheet:
    """The missing annexes as a table."""
    columns = (
        Column("Contrat", width=50),
        Column("Pièce", width=60),
        Column("Ce qu’en dit le texte", width=80),
        Column("Établissements chargés", Kind.INTEGER, 14),
    )
    return Sheet("Pièces absentes", columns, ((one.contract.title, str(one), one.says, count) for one, count in rows))
