"""What the commitments of a contract bring to its committee, and what other stories show of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from avenant.contracts.amendments import selectors as amendments
from avenant.contracts.commitments import selectors as commitments
from avenant.contracts.commitments import services
from avenant.contracts.commitments.balances import counts_by_article, proof_words, word_counts
from avenant.contracts.commitments.models import Keeping
from avenant.contracts.commitments.selectors import RegisterLine
from avenant.contracts.commitments.services import ProofDraft
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import UNSIGNED, Clause, Contract
from avenant.domain.contracts.keeping import Status
from avenant.domain.folding import fold
from avenant.domain.french import format_date
from avenant.domain.indicators import Provider
from avenant.foundations.journal.models import OLDEST_FIRST, Event
from avenant.foundations.meetings.models import HELD, AgendaItem, Attendance, Committee, Report, Session
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations.models import Part

CONTRIBUTIONS = ("contract.clause_written", "contract.clause_added", "contract.clause_removed")
EVERY = "engagements des parties"
SITTING, RESULTS = ("eng-participer-comite",), ("eng-communiquer-resultats", "eng-spsti-resultats-volet-1")
"""The commitments that the platform itself can see kept: to sit in the committee, to communicate the results."""
CHARTER = ("eng-charte-maintien",)
"""To sit in the body of the regional charter on job retention: the committee of the file that bears its name."""
DRAFTING = ("eng-deets-2",)
"""To take part in the drafting: the platform sees the clauses that a party wrote, from the second version of a text on."""


def lines_of(actor: Actor, session: Session, at: datetime) -> tuple[Contract | None, int, Sequence[RegisterLine]]:
    """The contract of a session, the year that it looks back on, its register of that year."""
    contract = contracts.list_contracts(actor).filter(circle_id=session.circle_id).first()
    if contract is None:
        return None, session.year, ()
    year = _year_of(contract, session, at)
    return contract, year, commitments.list_register(actor, contract, year, at)


def _year_of(contract: Contract, session: Session, at: datetime) -> int:
    """The year that a session looks back on, among those of the contract."""
    years = commitments.years_of(contract, commitments.local_day(contract, at))
    wanted = session.reference_year or session.year
    return wanted if wanted in years else years[0]


def counts_of(actor: Actor, session: Session, at: datetime) -> dict[str, str]:
    """What the commitments are, by article, and all together under the standing point that names them."""
    if session.committee.kind != "follow_up":
        return {}
    rows = Contract.objects.visible_to(actor).filter(circle_id=session.circle_id).select_related("territory")
    contract = rows.first()
    if contract is None:
        return {}
    year = _year_of(contract, session, at)
    lines = commitments.count_register(actor, contract, year, at)
    if not lines:
        return {}
    found = {name: f"{year}\u202f: {words}" for name, words in counts_by_article(lines).items()}
    return {**found, EVERY: f"{year}\u202f: {word_counts(lines)}"}


def counts_of_point(item: AgendaItem, counts: dict[str, str]) -> str:
    """The counts that a standing point is about: all of them, or those of its article."""
    if item.source != AgendaItem.Source.STANDING:
        return ""
    return counts.get(item.title.casefold()) or counts.get(item.detail.casefold(), "")


def record_facts(*, at: datetime) -> int:
    """Note as evidence what the platform saw: who sat in the committee, whose results were handed in. How many.

    Run each night under the system role, after the planning of the registers; a second time adds nothing. It only
    ever shows what was kept: it says of nobody that they failed.
    """
    return sum(
        services.record_fact(row=row, key=key, draft=draft, at=at)
        for row, key, draft in (*_sittings(), *_results(), *_drafts())
    )


def _sittings() -> Iterator[tuple[Keeping, str, ProofDraft]]:
    rows = Keeping.objects.filter(clause_key__in=(*SITTING, *CHARTER)).select_related("party__organisation", "contract")
    waiting = {(row.circle_id, row.party.organisation_id, row.year, row.clause_key in CHARTER): row for row in rows}
    there = Attendance.objects.filter(status__in=Attendance.THERE, session__state__in=HELD)
    for one in there.select_related("session__committee", "seat"):
        session = one.session
        charter = is_charter(session.committee)
        if one.seat.organisation_id is None or (session.committee.kind != "follow_up" and not charter):
            continue
        row = waiting.get((one.circle_id, one.seat.organisation_id, session.year, charter))
        # In a contract of the demonstration, nothing is said of a real institution.
        if row is not None and row.contract.fictional and not row.party.organisation.fictional:
            continue
        if row is not None and session.day is not None:
            title = f"Présence à la séance du {format_date(session.day)}"
            draft = ProofDraft(title, type="liste de présence", on=session.day, session=session)
            yield row, f"session:{session.pk}", draft


def is_charter(committee: Committee) -> bool:
    """Is this body that of the regional charter on job retention."""
    name = fold(committee.name)
    return "charte" in name and "maintien" in name


def _results() -> Iterator[tuple[Keeping, str, ProofDraft]]:
    rows = Keeping.objects.filter(clause_key__in=RESULTS, party__role="service", status=Status.TO_COME.value)
    for row in rows.select_related("party", "contract"):
        part = (
            Part.objects.filter(
                declaration__contract_id=row.contract_id,
                declaration__year=row.year,
                declaration__taken_over=False,
                provider=Provider.SERVICE,
            )
            .exclude(state__in=["draft", "returned"])
            .first()
        )
        if part is not None:
            draft = ProofDraft(f"Indicateurs {row.year} transmis", type="campagne transmise", address=part.page())
            yield row, f"part:{part.pk}", draft


def words_of_proofs(line: RegisterLine) -> str:
    """Every piece of evidence of a line, in one cell."""
    return "\u202f; ".join(proof_words(one) for one in line.proofs)


def _drafts() -> Iterator[tuple[Keeping, str, ProofDraft]]:
    """The first clause that a party wrote in a text already prepared: its contribution to version 2 (S1-III.D-02)."""
    clauses = Clause.objects.filter(key__in=DRAFTING, contract__state__in=UNSIGNED, in_force_from=None)
    for clause in clauses.select_related("contract__territory"):
        contract = clause.contract
        for party in contract.parties.filter(organisation__key__in=clause.details["parties"]):
            written = Event.objects.filter(
                circle_id=contract.circle_id, organisation_id=party.organisation_id, verb__in=CONTRIBUTIONS
            )
            event = written.order_by(*OLDEST_FIRST).first()
            if event is None:
                continue
            on = commitments.local_day(contract, event.at)
            row, _ = Keeping.objects.get_or_create(
                contract=contract, clause_key=clause.key, party=party, year=on.year, occurrence="",
                defaults={"circle_id": contract.circle_id, "firm": clause.details["nature"] == "firm"},
            )  # fmt: skip
            draft = ProofDraft(f"Version 2 du texte\u202f: {event.label}"[:250], on=on, address=contract.page())
            yield row, "drafting:2", draft


def difficulties_of(actor: Actor, report: Report) -> list[str]:
    """The difficulties of a contract's register that were open in the year of a report, with their dates (S1-F-03)."""
    contract = contracts.list_contracts(actor).filter(circle_id=report.circle_id).first()
    if contract is None:
        return []
    told = []
    for one in amendments.list_difficulties(actor, contract):
        if one.raised_on.year > report.year or (one.closed_on and one.closed_on.year < report.year):
            continue
        closed = f", close le {format_date(one.closed_on)}" if one.closed_on else ""
        steps = "\u202f; ".join(f"{format_date(step.taken_on)}\u202f: {step.text}" for step in one.steps.all())
        told.append(
            f"{one.subject} Soulevée par {one.raised_by.short_name} le {format_date(one.raised_on)}, "
            f"{one.get_outcome_display()}{closed}." + (f" Démarches\u202f: {steps}." if steps else "")
        )
    return told
