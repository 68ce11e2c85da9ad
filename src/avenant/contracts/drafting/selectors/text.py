"""Reads of the text of a contract, on a day."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q, QuerySet

from avenant.contracts.drafting.models import (
    Annex,
    Clause,
    ClauseTag,
    Contract,
    ContractFramework,
    ContractParty,
    Contribution,
    Framework,
    Injunction,
    Provision,
    ServiceLever,
)
from avenant.contracts.drafting.selectors.contracts import list_promises
from avenant.domain.contracts import ClauseKind, LegalText, Party, Promise, Version, in_text_order
from avenant.foundations.parties.actors import Actor


def clauses_on(actor: Actor, contract: Contract, day: date, *kinds: ClauseKind) -> list[Clause]:
    """The clauses in force on a day, in text order; of some kinds when they are given."""
    rows = Clause.objects.visible_to(actor).filter(contract=contract).in_force_on(day)
    return [row for row in text_on(rows, day) if not kinds or row.kind in kinds]


def list_clauses(actor: Actor, contract: Contract) -> list[Clause]:
    """Every version of every clause."""
    return list(Clause.objects.visible_to(actor).filter(contract=contract))


def text_on(rows: Iterable[Clause], day: date) -> list[Clause]:
    """Those of some versions that are in force on a day, in text order."""
    by_key = {row.key: row for row in rows if row.in_force_on(day)}
    return [by_key[one.key] for one in in_text_order(row.legal for row in by_key.values())]


def versions_of(actor: Actor, contract: Contract) -> list[Version]:
    """Every dated version of every clause."""
    return [row.version for row in list_clauses(actor, contract)]


def turning_days(actor: Actor, contract: Contract) -> list[date]:
    """The days on which the text changed, the first day of the contract first."""
    rows = Clause.objects.visible_to(actor).filter(contract=contract)
    days = {day for pair in rows.order_by().values_list("in_force_from", "in_force_until").distinct() for day in pair}
    return sorted({day for day in (*days, contract.starts_on) if day})


def legal_text(actor: Actor, contract: Contract, day: date) -> LegalText:
    """What the parties sign, as it stands on a day: what its hash depends on, and nothing else."""
    parties = contract.parties.select_related("organisation").all()
    return LegalText(
        title=contract.printed_title or contract.title,
        parties=tuple(designation(one, day) for one in parties),
        clauses=tuple(row.legal for row in clauses_on(actor, contract, day)),
        promises=tuple(
            Promise(one.definition.code, one.definition.version, one.first_year, one.last_year, one.targets)
            for one in list_promises(actor, contract)
            if not one.proposed
        ),
        annexes=tuple(one.legal for one in list_annexes(actor, contract, day)),
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
    )


def designation(party: ContractParty, day: date) -> Party:
    """A party as the text designates it on a day: an amendment may since have put another in its place."""
    former = next((one for one in party.former if day < date.fromisoformat(one["until"])), None)
    if former is not None:
        return Party(**{name: value for name, value in former.items() if name != "until"})
    return Party(
        key=party.organisation.key,
        name=party.printed_name or party.organisation.name,
        role=party.role,
        nature=party.legal_nature,
        seat=party.seat or party.organisation.seat,
        undertaking=party.mission,
        framework=", ".join(party.frameworks),
        capacity=party.capacity,
    )


def kinds_of(actor: Actor, contract: Contract) -> frozenset[str]:
    """Which kinds of clauses the text holds."""
    rows = Clause.objects.visible_to(actor).filter(contract=contract)
    return frozenset(rows.order_by().values_list("kind", flat=True).distinct())


def list_annexes(actor: Actor, contract: Contract, day: date) -> list[Annex]:
    """The annexes in force on a day, in the order of their numbers, with their document."""
    rows = Annex.objects.visible_to(actor).filter(contract=contract).in_force_on(day)
    return list(rows.select_related("document").order_by("position", "key"))


def count_missing_annexes(actor: Actor, contracts: Iterable[Contract], day: date) -> Counter[uuid.UUID]:
    """By contract, the annexes whose file is missing."""
    rows = Annex.objects.visible_to(actor).filter(contract__in=contracts, in_text=False, document=None)
    return Counter(dict(rows.in_force_on(day).order_by().values_list("contract_id").annotate(Count("pk"))))


def list_frameworks(actor: Actor, contract: Contract) -> QuerySet[ContractFramework]:
    """The frameworks that the contract names, in its order."""
    rows = ContractFramework.objects.visible_to(actor).filter(contract=contract)
    return rows.select_related("framework").order_by("position")


def frameworks_in_use(actor: Actor) -> QuerySet[Framework]:
    """The frameworks to which my contracts are linked."""
    links = ContractFramework.objects.visible_to(actor)
    return Framework.objects.filter(pk__in=links.values("framework"))


def list_levers(actor: Actor, contract: Contract) -> QuerySet[ServiceLever]:
    """The accreditation and the projects of the service."""
    rows = ServiceLever.objects.visible_to(actor).filter(contract=contract)
    return rows.select_related("organisation").order_by("kind", "starts_on")


def list_contributions(actor: Actor, contract: Contract) -> QuerySet[Contribution]:
    """What the parties bring: as the text says, then as they declare it, by year and action."""
    rows = Contribution.objects.visible_to(actor).filter(contract=contract).select_related("party__organisation")
    return rows.order_by("-printed", "year", "clause_key", "party__role", "pk")


def list_tags(actor: Actor, contract: Contract, family: ClauseTag.Family | None = None) -> list[ClauseTag]:
    """What clauses serve, of one family when it is given."""
    rows = ClauseTag.objects.visible_to(actor).filter(contract=contract)
    return list(rows.filter(family=family) if family else rows)


def list_injunctions(actor: Actor, contract: Contract) -> QuerySet[Injunction]:
    """The injunctions that the contract takes into account, the last first."""
    return Injunction.objects.visible_to(actor).filter(contract=contract)


def list_relatives(actor: Actor, contract: Contract) -> list[Contract]:
    """The contract that another follows, those that follow it, the one from which it proceeds, the agreements that
    proceed from it: those that I may read."""
    above = Q(pk__in=[one for one in (contract.previous_id, contract.parent_id) if one])
    near = above | Q(parent=contract) | Q(previous=contract)
    return list(Contract.objects.visible_to(actor).filter(near).order_by("key"))


def list_references(actor: Actor) -> list[Provision]:
    """The texts that my contracts cite, with the contract, by the name of the text."""
    rows = Provision.objects.visible_to(actor).filter(kind=Provision.Kind.REFERENCE)
    return list(rows.select_related("contract").order_by("key", "contract__title"))


def list_provisions(actor: Actor, contract: Contract, kinds: Iterable[str] = ()) -> list[Provision]:
    """What the text provides, of some kinds when they are given, in its order."""
    rows = Provision.objects.visible_to(actor).filter(contract=contract)
    return list((rows.filter(kind__in=kinds) if kinds else rows).order_by("kind", "position"))
