"""The register is planned from the recurrence of each commitment: a line a year, a due item where a day is known."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from avenant.contracts.commitments import policies, selectors
from avenant.contracts.commitments.models import DueDays, Keeping, PartyYear
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Clause, Contract, ContractParty
from avenant.contracts.drafting.policies import LEADS
from avenant.contracts.drafting.text_pages import parties_by_key
from avenant.domain.contracts import ClauseKind
from avenant.domain.contracts.amending import LAPSED
from avenant.domain.contracts.keeping import Occurrence, Status, due_days, occurrences
from avenant.domain.decision import DomainError
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor

STATED_AFTER: Final = timedelta(days=31)
"""Term of the platform to state a year that is over: the texts give none."""
PLATFORM_TERM: Final = "Délai proposé par la plateforme\u202f: le texte n’en fixe pas"


def plan_registers(*, at: datetime) -> int:
    """Plan the register of every contract that runs or ran; how many lines were missing. For the system role."""
    rows = Contract.objects.filter(state="in_force", starts_on__isnull=False, clauses__kind=ClauseKind.COMMITMENT.value)
    contracts = rows.distinct().select_related("territory").prefetch_related("parties__organisation")
    return sum(plan_contract(contract=one, at=at) for one in contracts.order_by("key"))


@transaction.atomic
def plan_contract(*, contract: Contract, at: datetime) -> int:
    """Plan the years of a contract up to that of ``at``; how many lines were missing. A second time adds nothing.

    A year that was over before it was planned is followed without a term: nobody is asked for it, nothing is late. A
    commitment that the text has lost has no more due item; its lines stay.
    """
    today = selectors.local_day(contract, at)
    parties = parties_by_key(contract)
    rows = Clause.objects.filter(contract=contract, kind=ClauseKind.COMMITMENT.value)
    clauses = list(rows.order_by(selectors.OLDEST_FIRST))
    settled = {row.clause_key: row.days for row in DueDays.objects.filter(contract=contract)}
    known = {
        (row.clause_key, row.party_id, row.year, row.occurrence): row
        for row in Keeping.objects.filter(contract=contract)
    }
    made: list[tuple[Keeping, Clause, Occurrence]] = []
    for year in selectors.years_of(contract, today):
        _plan_years(contract, {one.pk: one for one in parties.values()}.values(), year, at)
        for clause in _in_force_during(clauses, year):
            for one in _occurrences(contract, clause, year, settled):
                for key in clause.details["parties"]:
                    natural = (clause.key, parties[key].pk, year, one.key) if key in parties else None
                    if natural and natural not in known:
                        row = _row(contract, clause, parties[key], year, one, at)
                        known[natural] = row
                        made.append((row, clause, one))
    Keeping.objects.bulk_create(row for row, _, _ in made)
    for row, clause, one in made:
        if row.due_at is not None:
            plan_line(row, clause, one, row.due_at)
    current = {one.key for one in clauses if _binds_on(one, today)}
    lost = [row for row in known.values() if row.due_at is not None and row.clause_key not in current]
    journal.drop(*(key_of(row) for row in lost))
    return len(made)


def _binds_on(clause: Clause, day: date) -> bool:
    """Does a version still ask something on a day: neither replaced, nor lapsed (S0-9-02)."""
    if clause.in_force_until is not None and clause.in_force_until <= day:
        return False
    begun = clause.in_force_from is None or clause.in_force_from <= day
    return begun and not _lapsed_on(clause, day)


def _lapsed_on(clause: Clause, day: date) -> bool:
    return clause.details.get("status") == LAPSED and clause.in_force_from is not None and clause.in_force_from <= day


def _in_force_during(clauses: Sequence[Clause], year: int) -> list[Clause]:
    """The commitments of a year, each in its last version of that year."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    found = {
        one.key: one
        for one in clauses
        if (one.in_force_from is None or one.in_force_from < after)
        and (one.in_force_until is None or one.in_force_until > first)
    }
    return [one for one in found.values() if not _lapsed_on(one, first)]


def _occurrences(contract: Contract, clause: Clause, year: int, settled: dict[str, list[str]]) -> list[Occurrence]:
    return selectors.occurrences_of(clause, contract, year, settled)


def _row(contract: Contract, clause: Clause, party: ContractParty, year: int, one: Occurrence, at: datetime) -> Keeping:
    due_at = end_of_day(contract, one.due_on) if one.due_on else None
    return Keeping(
        circle_id=contract.circle_id,
        contract=contract,
        clause_key=clause.key,
        party=party,
        year=year,
        occurrence=one.key,
        firm=clause.details["nature"] == "firm",
        due_at=due_at if due_at is not None and due_at > at else None,
    )


def _plan_years(contract: Contract, parties: object, year: int, at: datetime) -> None:
    """What each party is asked for a year: to say where its commitments stand, once the year is over."""
    known = set(PartyYear.objects.filter(contract=contract, year=year).values_list("party_id", flat=True))
    closes_at = end_of_day(contract, date(year, 12, 31))
    for party in contract.parties.all():
        if party.pk not in known:
            row = PartyYear.objects.create(
                circle_id=contract.circle_id,
                contract=contract,
                party=party,
                year=year,
                closes_at=closes_at if closes_at > at else None,
            )
            if row.closes_at is not None:
                plan_statement(row, row.closes_at)


def plan_statement(row: PartyYear, closes_at: datetime) -> None:
    """The party says where its commitments of a year stand, in the month that follows it."""
    contract, party = row.contract, row.party
    journal.plan(
        row.circle_id,
        journal.Due(
            key=statement_key(row),
            label=f"Dire où en sont vos engagements de {row.year}",
            organisation_id=party.organisation_id,
            role=LEADS.get(ContractParty.Role(party.role)),
            waiting="les autres parties",
            due_at=closes_at + STATED_AFTER,
            zone=contract.territory.time_zone,
            page=f"{contract_page(contract)}?annee={row.year}&partie={party.organisation.key}",
            basis=PLATFORM_TERM,
            consequence="Un engagement ferme sans preuve se lit « non tenu, commentaire attendu ».",
        ),
    )


def contract_page(contract: Contract) -> str:
    return reverse("commitments:register", args=[contract.pk])


def plan_line(row: Keeping, clause: Clause, one: Occurrence, due_at: datetime) -> None:
    """A commitment that has a day is due on that day."""
    words = f"{clause.heading} ({one.label} {row.year})" if one.label else clause.heading
    journal.plan(
        row.circle_id,
        journal.Due(
            key=key_of(row),
            label=f"Engagement\u202f: {words}",
            organisation_id=row.party.organisation_id,
            role=LEADS.get(ContractParty.Role(row.party.role)),
            waiting="les autres parties",
            due_at=due_at,
            zone=row.contract.territory.time_zone,
            page=row.page(),
            basis=clause.details.get("due_rule") or PLATFORM_TERM,
            consequence="L’engagement de l’année reste sans suite.",
        ),
    )


def key_of(row: Keeping) -> str:
    return f"commitment:{row.pk}"


def statement_key(row: PartyYear) -> str:
    return f"commitments:{row.pk}"


def end_of_day(contract: Contract, day: date) -> datetime:
    """The excluded midnight that ends ``day`` on the clocks of the contract's territory."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(contract.territory.time_zone))


@transaction.atomic
def settle_due_days(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, days: Sequence[str], at: datetime
) -> DueDays:
    """The parties settle on which days a recurring commitment is due; what is still due moves at once.

    Raises DomainError for a commitment of which the text prints the days, a day that does not exist, or a half-yearly
    one that has not two of them.
    """
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_take_part(actor, contract).or_raise()
    today = selectors.local_day(contract, at)
    clauses = drafting.clauses_on(actor, contract, today, ClauseKind.COMMITMENT)
    clause = next((one for one in clauses if one.key == clause_key), None)
    if clause is None:
        raise DomainError("Cet engagement n’est pas dans le contrat.")
    if clause.details.get("due_days") or clause.details["recurrence"] == "once":
        raise DomainError("Le texte fixe cette échéance\u202f: elle se modifie par avenant.")
    wanted = 2 if clause.details["recurrence"] == "half_yearly" else 1
    if len(due_days(days, today.year)) != wanted:
        plural = "s" if wanted > 1 else ""
        raise DomainError(f"Donnez {wanted} jour{plural} de l’année, comme 09-30.")
    row, _ = DueDays.objects.update_or_create(
        circle_id=contract.circle_id,
        contract=contract,
        clause_key=clause_key,
        defaults={"days": list(days), "settled_at": at, "settled_by_id": actor.person_id},
    )
    _move(actor, contract, clause, list(days), at)
    record(
        contract.circle_id,
        verb="commitments.days_settled",
        label=f"Échéances fixées\u202f: {clause.heading}, {', '.join(days)}",
        actor=actor,
        at=at,
        page=contract_page(contract),
    )
    return row


def _move(actor: Actor, contract: Contract, clause: Clause, days: list[str], at: datetime) -> None:
    """Give the lines that are still to come their new day."""
    rows = Keeping.objects.visible_to(actor).filter(
        contract=contract, clause_key=clause.key, status=Status.TO_COME.value
    )
    for row in rows.select_related("party__organisation", "contract__territory"):
        first = contract.starts_on.year if contract.starts_on else row.year
        known = occurrences(clause.details["recurrence"], row.year, first=first, days=days)
        one = next((each for each in known if each.key == row.occurrence), None)
        if one is None or one.due_on is None:
            continue
        due_at = end_of_day(contract, one.due_on)
        row.due_at = due_at if due_at > at else None
        row.save(update_fields=["due_at"])
        if row.due_at is not None:
            plan_line(row, clause, one, row.due_at)
        else:
            journal.drop(key_of(row))


@transaction.atomic
def postpone_year(*, row: PartyYear, closes_at: datetime) -> None:
    """Let a party's year close later: for the demonstration, where nothing is late for a real institution."""
    row.closes_at = closes_at
    row.save(update_fields=["closes_at"])
    plan_statement(row, closes_at)


@transaction.atomic
def postpone_line(*, row: Keeping, due_at: datetime) -> None:
    """Let a dated commitment be due later, as :func:`postpone_year`; a line that is done or lapsed stays as it is."""
    clause = (
        Clause.objects.filter(contract_id=row.contract_id, key=row.clause_key).order_by(selectors.OLDEST_FIRST).last()
    )
    if clause is None or not DueItem.objects.filter(key=key_of(row), state=DueItem.State.OPEN).exists():
        return
    row.due_at = due_at
    row.save(update_fields=["due_at"])
    plan_line(row, clause, Occurrence(row.occurrence), due_at)
