"""Reads of the follow-up of the commitments, actor first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from avenant.contracts.commitments.models import (
    Balance,
    DueDays,
    Exchange,
    ExpertiseRequest,
    Keeping,
    KeepingRemark,
    PartyYear,
    Proof,
)
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.commitment_pages import CommitmentLine, commitment_lines
from avenant.contracts.drafting.models import Clause, ClauseTag, Contract, Provision
from avenant.contracts.drafting.text_pages import Text, parties_by_key
from avenant.domain.contracts import ClauseKind, in_text_order
from avenant.domain.contracts import keeping as rules
from avenant.domain.contracts.amending import LAPSED
from avenant.domain.contracts.keeping import Occurrence, Reading, Status
from avenant.domain.french import format_date
from avenant.foundations.meetings.models import Session
from avenant.foundations.parties.actors import Actor

OLDEST_FIRST: Final = F("in_force_from").asc(nulls_first=True)
"""The version of the contract itself, then those of its amendments."""


class YearText(Text):
    """The text of a contract at the end of a year (or today), with the commitments that it lost during that year."""

    def __init__(self, actor: Actor, contract: Contract, year: int, today: date, *, parties: bool = True) -> None:
        day = min(today, date(year, 12, 31))
        rows = Clause.objects.visible_to(actor).filter(
            Q(in_force_from=None) | Q(in_force_from__lte=day),
            Q(in_force_until=None)
            | Q(in_force_until__gt=day)
            | Q(in_force_until__gt=date(year, 1, 1), kind=ClauseKind.COMMITMENT.value),
            contract=contract,
        )
        last = {row.key: row for row in rows.order_by(OLDEST_FIRST)}
        self.contract = contract
        self.lapsed: dict[str, date] = {
            key: row.in_force_until for key, row in last.items() if row.in_force_until and row.in_force_until <= day
        }
        standing = [row.legal for key, row in last.items() if key not in self.lapsed]
        self.clauses = [last[one.key] for one in in_text_order(standing)] + [last[key] for key in self.lapsed]
        self.lapsed |= {
            key: row.in_force_from
            for key, row in last.items()
            if row.details.get("status") == LAPSED and row.in_force_from
        }
        self.by_key = {row.key: row for row in self.clauses}
        self.parties = parties_by_key(contract) if parties else {}


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One commitment of one party in one year, or in one of its occurrences: what was said of it and what shows it."""

    said: CommitmentLine
    year: int
    occurrence: Occurrence
    keeping: Keeping | None
    proofs: tuple[Proof, ...]
    over: bool
    lapsed_on: date | None = None

    @property
    def contract(self) -> Contract:
        return self.said.party.contract

    @property
    def article_name(self) -> str:
        return self.said.article_name

    @property
    def firm(self) -> bool:
        return bool(self.said.clause.details["nature"] == "firm")

    @property
    def status(self) -> Status:
        return self.keeping.stated if self.keeping else Status.TO_COME

    @property
    def reading(self) -> Reading:
        return rules.read(
            self.status, firm=self.firm, evidence=len(self.proofs), over=self.over, lapsed=self.lapsed_on is not None
        )

    @property
    def state(self) -> str:
        return rules.word_reading(self.reading, self.status, firm=self.firm)

    @property
    def tone(self) -> str:
        return rules.tone(self.reading, self.status)

    @property
    def group(self) -> str:
        """What a balance counts it under."""
        return "lapsed" if self.reading is Reading.LAPSED else self.status.value

    @property
    def comment(self) -> str:
        return self.keeping.comment if self.keeping else ""

    @property
    def due(self) -> str:
        """The day of this occurrence, else when in the words of the text."""
        if self.occurrence.due_on:
            day = format_date(self.occurrence.due_on)
            return f"{self.occurrence.label}, {day}" if self.occurrence.label else day
        return self.said.due or self.occurrence.label

    def page(self) -> str:
        said = self.said
        return reverse(
            "commitments:commitment", args=[said.party.contract_id, said.clause.key, said.party.pk, self.year]
        )


def years_of(contract: Contract, today: date) -> list[int]:
    """The years that can be followed, the last first: those of the term up to today; this year before a signature."""
    if contract.starts_on is None or contract.ends_on is None:
        return [today.year]
    last = min(today.year, contract.ends_on.year)
    return list(range(max(last, contract.starts_on.year), contract.starts_on.year - 1, -1))


def local_day(contract: Contract, at: datetime) -> date:
    return at.astimezone(ZoneInfo(contract.territory.time_zone)).date()


def days_settled(actor: Actor, contract: Contract) -> dict[str, list[str]]:
    """The due days that the parties settled, by commitment."""
    rows = DueDays.objects.visible_to(actor).filter(contract=contract)
    return {row.clause_key: row.days for row in rows}


def due_days_of(clause: Clause, settled: dict[str, list[str]]) -> list[str]:
    """The days of a recurring commitment: those settled, else those of the text, else those that the platform proposes."""
    return settled.get(clause.key, clause.details.get("due_days") or clause.editing.get("proposed_days") or [])


def occurrences_of(clause: Clause, contract: Contract, year: int, settled: dict[str, list[str]]) -> list[Occurrence]:
    """What a commitment asks in a year."""
    due_on = clause.details.get("due_on")
    return rules.occurrences(
        clause.details["recurrence"],
        year,
        first=contract.starts_on.year if contract.starts_on else year,
        days=due_days_of(clause, settled),
        due_on=date.fromisoformat(due_on) if due_on else None,
    )


def list_register(actor: Actor, contract: Contract, year: int, at: datetime) -> list[RegisterLine]:
    """Every line of a contract for a year, in the order of its text: planned or not yet. Nine queries at most."""
    today = local_day(contract, at)
    if year not in years_of(contract, today):
        raise Http404("Cette année n’est pas de celles du contrat.")
    text = YearText(actor, contract, year, today)
    provisions = drafting.list_provisions(actor, contract, [Provision.Kind.CATEGORY])
    tags = drafting.list_tags(actor, contract, ClauseTag.Family.FRAMEWORK)
    settled = days_settled(actor, contract)
    proofs = Proof.objects.select_related("document", "indicator", "session__committee")
    asked = PartyYear.objects.filter(party=OuterRef("party"), year=year).values("closes_at")
    rows = Keeping.objects.visible_to(actor).filter(contract=contract, year=year).select_related("said_by")
    dated = rows.annotate(closes_at=Subquery(asked))
    kept = {
        (row.clause_key, row.party_id, row.occurrence): row
        for row in dated.prefetch_related(Prefetch("proofs", proofs))
    }
    over = {row.party_id for row in kept.values() if row.closes_at and row.closes_at <= at}
    found = []
    for said in commitment_lines(text, provisions, tags):
        said.party.contract = contract
        for one in occurrences_of(said.clause, contract, year, settled):
            keeping = kept.get((said.clause.key, said.party.pk, one.key))
            shown = tuple(keeping.proofs.all()) if keeping else ()
            lapsed_on = text.lapsed.get(said.clause.key)
            found.append(RegisterLine(said, year, one, keeping, shown, said.party.pk in over, lapsed_on))
    return found


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A line of a register as a count needs it: what it is and where it stands, not who owes it."""

    article_name: str
    firm: bool
    status: Status
    evidence: int
    over: bool
    lapsed: bool

    @property
    def reading(self) -> Reading:
        return rules.read(self.status, firm=self.firm, evidence=self.evidence, over=self.over, lapsed=self.lapsed)

    @property
    def state(self) -> str:
        return rules.word_reading(self.reading, self.status, firm=self.firm)

    @property
    def group(self) -> str:
        return "lapsed" if self.reading is Reading.LAPSED else self.status.value


def count_register(actor: Actor, contract: Contract, year: int, at: datetime) -> list[CountedLine]:
    """The lines of :func:`list_register` as counts need them: two queries."""
    text = YearText(actor, contract, year, local_day(contract, at), parties=False)
    asked = PartyYear.objects.filter(party=OuterRef("party"), year=year).values("closes_at")
    rows = Keeping.objects.visible_to(actor).filter(contract=contract, year=year)
    dated = rows.annotate(closes_at=Subquery(asked), evidence=Count("proofs"))
    kept: dict[tuple[str, str], list[Any]] = {}
    for row in dated:
        kept.setdefault((row.clause_key, row.occurrence), []).append(row)
    found = []
    for clause in text.of_kind(ClauseKind.COMMITMENT):
        article = text.article_of(clause)
        name = article.number or article.heading or article.get_kind_display()
        firm, lapsed = clause.details["nature"] == "firm", clause.key in text.lapsed
        for one in occurrences_of(clause, contract, year, {}):
            said = kept.get((clause.key, one.key), [])
            found += [
                CountedLine(name, firm, row.stated, row.evidence, bool(row.closes_at and row.closes_at <= at), lapsed)
                for row in said
            ]
            silent = max(len(clause.details["parties"]) - len(said), 0)
            found += [CountedLine(name, firm, Status.TO_COME, 0, False, lapsed)] * silent
    return found


def list_mine(actor: Actor, year: int, at: datetime) -> list[RegisterLine]:
    """What my organisation owes in a year, across its contracts: the lines that are planned. Seven queries."""
    proofs = Proof.objects.select_related("document", "indicator", "session__committee")
    rows = (
        Keeping.objects.visible_to(actor)
        .filter(party__organisation_id=actor.organisation_id, year=year)
        .select_related("contract__territory", "party__organisation", "said_by")
        .prefetch_related(Prefetch("proofs", proofs))
        .order_by("contract__title", "clause_key", "occurrence")
    )
    contracts = {row.contract_id: row.contract for row in rows}
    versions = Clause.objects.visible_to(actor).filter(contract__in=contracts, kind=ClauseKind.COMMITMENT.value)
    clauses: dict[tuple[uuid.UUID, str], Clause] = {}
    for one in versions.order_by(OLDEST_FIRST):
        day = min(local_day(contracts[one.contract_id], at), date(year, 12, 31))
        if one.in_force_from is None or one.in_force_from <= day:
            clauses[one.contract_id, one.key] = one
    labels = {
        (row.contract_id, row.key): row.content["label"]
        for row in Provision.objects.visible_to(actor).filter(contract__in=contracts, kind=Provision.Kind.CATEGORY)
    }
    settled: dict[uuid.UUID, dict[str, list[str]]] = {}
    for days in DueDays.objects.visible_to(actor).filter(contract__in=contracts):
        settled.setdefault(days.contract_id, {})[days.clause_key] = days.days
    asked = PartyYear.objects.visible_to(actor).filter(party__organisation_id=actor.organisation_id, year=year)
    over = {row.party_id for row in asked if row.closes_at and row.closes_at <= at}
    found = []
    for row in rows:
        clause = clauses.get((row.contract_id, row.clause_key))
        if clause is None:
            continue
        category = labels.get((row.contract_id, clause.details["category"]), clause.details["category"])
        said = CommitmentLine(clause, row.party, clause, category, (), clause.position)
        row.party.contract = row.contract
        known = occurrences_of(clause, row.contract, year, settled.get(row.contract_id, {}))
        one = next((each for each in known if each.key == row.occurrence), Occurrence(row.occurrence))
        day = min(local_day(row.contract, at), date(year, 12, 31))
        until = clause.in_force_until
        lapsed = until if until is not None and until <= day else None
        if clause.details.get("status") == LAPSED and clause.in_force_from and clause.in_force_from <= day:
            lapsed = clause.in_force_from
        found.append(RegisterLine(said, year, one, row, tuple(row.proofs.all()), row.party_id in over, lapsed))
    return found


def get_lines(
    actor: Actor, contract: Contract, clause_key: str, party_id: int, year: int, at: datetime
) -> list[RegisterLine]:
    """The lines of one commitment of one party; 404 when the contract has no such commitment."""
    found = [
        one
        for one in list_register(actor, contract, year, at)
        if (one.said.clause.key, one.said.party.pk) == (clause_key, party_id)
    ]
    if not found:
        raise Http404("Cette partie n’a pas cet engagement.")
    return found


def list_remarks(actor: Actor, keepings: Iterable[Keeping]) -> QuerySet[KeepingRemark]:
    """What the other parties said, the first first."""
    rows = KeepingRemark.objects.visible_to(actor).filter(keeping__in=list(keepings))
    return rows.select_related("person", "organisation")


def get_proof(actor: Actor, proof_id: int) -> Proof:
    """One piece of evidence; 404 outside its circle."""
    rows = Proof.objects.visible_to(actor).select_related("keeping__party", "keeping__contract__territory")
    return get_object_or_404(rows, pk=proof_id)


def list_party_years(actor: Actor, contract: Contract, year: int) -> list[PartyYear]:
    """What is asked of each party for a year, with its comment."""
    rows = PartyYear.objects.visible_to(actor).filter(contract=contract, year=year)
    return list(rows.select_related("party__organisation", "said_by").order_by("party__position", "party"))


def frozen_balance(actor: Actor, contract: Contract, year: int) -> Balance | None:
    """The balance in force of a year."""
    rows = Balance.objects.visible_to(actor).filter(contract=contract, year=year, reopened_at=None)
    return rows.select_related("session__committee", "frozen_by").first()


def list_balances(actor: Actor, contract: Contract, year: int) -> QuerySet[Balance]:
    """Every version of the balance of a year, the last first."""
    return Balance.objects.visible_to(actor).filter(contract=contract, year=year).select_related("session__committee")


def list_sessions(actor: Actor, contract: Contract) -> QuerySet[Session]:
    """The sessions of the committees of a contract that were convened, the last first."""
    rows = Session.objects.visible_to(actor).filter(circle_id=contract.circle_id, starts_at__isnull=False)
    return rows.exclude(state="cancelled").select_related("committee").order_by("-starts_at")


# -- Exchanges ---------------------------------------------------------------------------------------------------------


def list_exchanges(
    actor: Actor, contract: Contract, *, words: str = "", party: str = "", year: int | None = None, sort: str = ""
) -> QuerySet[Exchange]:
    """The exchange log of a contract, the last first, filtered and sorted."""
    rows = Exchange.objects.visible_to(actor).filter(contract=contract).select_related("giver", "receiver")
    if words:
        rows = rows.filter(Q(what__icontains=words) | Q(purpose__icontains=words) | Q(basis__icontains=words))
    if party:
        rows = rows.filter(Q(giver__key=party) | Q(receiver__key=party))
    if year:
        rows = rows.filter(on__year=year)
    column = {"date": "on", "par": "giver__short_name", "a": "receiver__short_name", "objet": "what"}.get(
        sort.removeprefix("-"), ""
    )
    return rows.order_by(f"-{column}" if sort.startswith("-") else column, "-pk") if column else rows


def list_expertises(actor: Actor, contract: Contract) -> QuerySet[ExpertiseRequest]:
    """The expertise requests of a contract, the last first."""
    rows = ExpertiseRequest.objects.visible_to(actor).filter(contract=contract)
    return rows.select_related("asked_by", "asked_of", "contract")


def get_expertise(actor: Actor, contract_id: uuid.UUID, request_id: int, *, lock: bool = False) -> ExpertiseRequest:
    """One expertise request; 404 outside its circle."""
    rows = ExpertiseRequest.objects.visible_to(actor).filter(contract_id=contract_id)
    rows = rows.select_related("asked_by", "asked_of", "contract__territory")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=request_id)
