"""The shape of a contract's text: frozen dataclasses, empty where the text is silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from avenant.domain.french import typeset


class ClauseKind(StrEnum):
    PREAMBLE = "preamble"
    PART = "part"  # titre
    ARTICLE = "article"
    SECTION = "section"
    PROVISION = "provision"  # a paragraph or list item that something else points at
    STRAND = "strand"  # volet
    SHEET = "sheet"  # fiche action, or a numbered programme of a strand
    ACTION = "action"  # what a sheet sets out to do
    OBJECTIVE = "objective"
    ORIENTATION = "orientation"
    SIGNATURE = "signature"


class Nature(StrEnum):
    FIRM = "firm"
    OPTIONAL = "optional"


class Recurrence(StrEnum):
    ONCE = "once"
    ONGOING = "ongoing"
    YEARLY = "yearly"
    HALF_YEARLY = "half_yearly"
    PER_CASE = "per_case"  # at each event that calls for it: a call for projects, an operation
    AS_NEEDED = "as_needed"  # no need, no failure


class Effect(StrEnum):
    FIXED = "fixed"  # first and last day are printed
    SIGNATURE = "signature"  # from the last signature


class CommitteeKind(StrEnum):
    FOLLOW_UP = "follow_up"
    SELECTION = "selection"
    STEERING = "steering"
    TECHNICAL = "technical"


class AnnexStatus(StrEnum):
    PRESENT = "present"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that signs. ``role`` is that of the contract's tables, ``mission`` what the text says it does."""

    organisation: str
    role: str
    name: str  # as printed
    short_name: str  # « Ci-après désigné … »
    legal_nature: str = ""
    seat: str = ""  # as printed
    capacity: str = ""  # of the signatory; never a name
    mission: str = ""
    frameworks: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    correspondent: str = ""  # capacity of the functional correspondent, when the text names one
    mailbox: str = ""  # functional mailbox, when the text prints one
    # Signature: what the source shows of it.
    signature_in_source: bool = True
    signed_on: date | None = None
    signature_to_confirm: bool = False
    signature_note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """From when to when. ``starts_on`` and ``ends_on`` are printed or follow from a printed signature date."""

    effect: Effect
    clause: str
    starts_on: date | None = None
    ends_on: date | None = None
    duration_years: int | None = None
    framework: str = ""  # the plan whose end ends the contract
    renewal: str = ""  # as printed; empty when the text gives no renewal rule
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Consultation:
    """A body to be consulted before signature; the text does not print its opinion."""

    key: str
    body: str
    basis: str
    clause: str
    organisation: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Amendment:
    """How the text may be changed, as one case of the contract's amendment clause."""

    key: str
    label: str
    clause: str
    signatures: str = "all"
    effect: str = ""
    required: tuple[str, ...] = ()  # what the amendment must state
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Termination:
    """How the contract may end before its term. ``notice_months`` is None when the text gives no notice."""

    key: str
    label: str
    clause: str
    form: str
    by: str  # « all » signatories or « one » party
    notice_months: int | None = None
    notified_to: str = ""
    grounds: str = ""
    amicable_first: bool = False
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class LegalReference:
    """A law, code article, instruction or circular that the text cites or applies."""

    key: str
    label: str  # as cited
    title: str = ""
    dated: date | None = None
    relation: str = "cites"  # cites | applies | reproduces
    articles: tuple[str, ...] = ()
    code: str = ""
    content: tuple[str, ...] = ()  # what is taken over from it, point by point
    clause: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class FrameworkLink:
    """A policy framework (``frameworks.toml``) from which the contract says that its objectives derive."""

    framework: str
    wording: str  # as printed
    clause: str
    period_printed: str = ""  # empty: the text gives no period
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One of the purposes of article D4622-45 as this contract lists them; ``purpose`` is the shared key."""

    purpose: str
    number: int
    wording: str
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an action, a sheet or an objective says of itself. Empty when the text is silent."""

    pilot: str = ""  # organisation of a party
    partners: tuple[str, ...] = ()
    target_public: str = ""
    means: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    schedule: str = ""
    progress: str = ""
    effects: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    indicators_note: str = ""
    nature: Nature = Nature.FIRM
    recurrence: Recurrence = Recurrence.ONGOING
    missing: str = ""  # why the sheet's content is not known
    programme: str = ""  # the programme whose enterprises are followed one by one


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table of words, cell by cell as printed, with the notes under it. Figures are in a :class:`ContextTable`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One piece of the printed text. ``parent`` is empty at the top; the order of the files is the order of the text."""

    key: str
    kind: ClauseKind
    parent: str = ""
    number: str = ""  # exactly as printed
    heading: str = ""
    body: str = ""
    lines: str = ""
    position: int = 0  # among its siblings, from 1
    item: bool = False  # printed as an item of a list
    mandatory: bool = True  # an optional strand says false
    sheet: Sheet | None = None
    tables: tuple[PrintedTable, ...] = ()  # printed after the body, before the children
    indicators: tuple[str, ...] = ()  # codes of the definitions that the clause lists
    purposes: tuple[str, ...] = ()  # of article D4622-45; a reading, that the parties confirm
    levels: tuple[str, ...] = ()  # primaire, secondaire, tertiaire
    frameworks: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()  # (as printed, as given here)
    person_left_out: bool = False  # a name stood here in the source
    note: str = ""


@dataclass(frozen=True, slots=True)
class Commitment:
    """What parties promise. With several ``parties`` each owes it for itself: the register has a line for each."""

    key: str
    clause: str
    parties: tuple[str, ...]  # organisations
    label: str  # short, for lists
    text: str  # in the words of the source
    nature: Nature
    category: str
    recurrence: Recurrence
    units: tuple[str, ...] = ()
    due_rule: str = ""  # in the words of the source
    due_on: date | None = None
    due_days: tuple[str, ...] = ()  # « 09-30 »: day of each year; proposed unless the text prints it
    due_proposed: bool = False
    indicators: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()  # what can show that it is held
    evidence_closed: bool = False  # no other type than those of ``evidence``
    content: tuple[str, ...] = ()  # the list that the text gives
    condition: str = ""
    alias: str = ""  # a second wording of the same promise in the source
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of commitments; ``added`` when the platform adds it to those of the text."""

    key: str
    label: str
    party: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    label: str
    values: tuple[int, ...]
    printed_label: str = ""  # when the label was corrected
    within: str = ""  # a part of another row, printed under it
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """``total`` should be the sum of ``parts``: keys of rows (in each column) or of columns (in each row)."""

    axis: str  # rows | columns
    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class ContextTable:
    """A table of the text, values as printed. ``missing`` says why it holds no row."""

    key: str
    clause: str
    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    sums: tuple[Sum, ...] = ()
    tolerance: int = 0
    printed_title: str = ""
    unit: str = ""
    period: str = ""
    source: str = ""
    scope: str = ""
    series: tuple[str, ...] = ()  # what a missing block measures
    missing: str = ""
    in_body: bool = False  # the clause already says these figures: a printed text does not repeat them
    note: str = ""
    lines: str = ""

    def value(self, row: str, column: str) -> int:
        """The printed value. Raises KeyError for a row or column that the table does not have."""
        at = {one.key: index for index, one in enumerate(self.columns)}[column]
        return {one.key: one.values for one in self.rows}[row][at]

    def gaps(self) -> tuple[Gap, ...]:
        """Every sum that differs from its printed total, parts minus total."""
        return tuple(gap for gap in self._gaps() if gap.amount)

    def _gaps(self) -> Iterator[Gap]:
        columns = [one.key for one in self.columns]
        for sum_ in self.sums:
            if sum_.axis == "rows":
                for column in columns:
                    parts = sum(self.value(part, column) for part in sum_.parts)
                    yield Gap(sum_, column, parts - self.value(sum_.total, column))
            else:
                for row in self.rows:
                    parts = sum(self.value(row.key, part) for part in sum_.parts)
                    yield Gap(sum_, row.key, parts - self.value(row.key, sum_.total))


@dataclass(frozen=True, slots=True)
class Gap:
    """A sum that misses its printed total in one row or column (``at``) by ``amount``: a rounding note, or an error."""

    sum: Sum
    at: str
    amount: int

    @property
    def cells(self) -> frozenset[tuple[str, str]]:
        """The cells (row, column) among which the error may be."""
        keys = (self.sum.total, *self.sum.parts)
        return frozenset((key, self.at) if self.sum.axis == "rows" else (self.at, key) for key in keys)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that the text prints, with its unit and what it is of."""

    key: str
    clause: str
    label: str
    value: str  # as printed: « 1 958 686 », « 87 % »
    number: float | int | None = None
    unit: str = ""
    period: str = ""
    source: str = ""
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Annex:
    key: str
    number: str
    title: str
    status: AnnexStatus
    cited_in: tuple[str, ...]  # clauses
    says: str = ""  # all that the source says of it
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Seats:
    """Who sits for one member of a committee. ``party`` is empty for a member outside the contract."""

    member: str
    party: str = ""
    levels: tuple[str, ...] = ()
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class Committee:
    """A body that the text sets up, with its rules as printed."""

    key: str
    kind: CommitteeKind
    name: str
    clause: str
    members: tuple[Seats, ...] = ()
    sessions_per_year: int | None = None
    window: tuple[str, ...] = ()  # (« 03-01 », « 04-30 »)
    secretariat: str = ""  # organisation of a party
    secretariat_tasks: tuple[str, ...] = ()
    missions: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()  # clauses whose actions it follows, one agenda item each
    report_sections: tuple[str, ...] = ()
    yearly_checklist: tuple[str, ...] = ()
    calendar: str = ""
    calendar_by: tuple[str, ...] = ()  # organisations that publish it
    calendar_day: str = ""  # of the year before
    calendar_proposed: bool = False
    set_up_year: int | None = None
    first_year: int | None = None  # first year whose figures are consolidated
    last_year: int | None = None
    aliases: tuple[str, ...] = ()
    platform_default: bool = False  # the text is silent, these are the platform's defaults
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Means that a party brings, as printed; ``quantity`` only when the text gives one."""

    party: str
    kind: str  # human | technical | information | event | financial
    text: str
    clause: str
    quantity: str = ""
    unit: str = ""
    professions: tuple[str, ...] = ()
    lines: str = ""


@dataclass(frozen=True, slots=True)
class SubAgreement:
    """An agreement that the text foresees between some of its parties, with what it may cover."""

    key: str
    title: str
    parties: tuple[str, ...]
    perimeter: str
    clause: str
    topics: tuple[str, ...] = ()  # at least one, when the list is not empty
    items: tuple[str, ...] = ()
    model: str = ""  # the reference that holds a model
    condition: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Laboratory:
    """An outside laboratory whose measurement campaigns the text announces."""

    name: str
    measures: str
    campaigns_per_year: int
    clause: str
    note: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Accreditation:
    """The service's accreditation (agrément); ``expires_on`` is None when the text does not give it."""

    organisation: str
    number: str
    dated: date
    expires_on: date | None = None
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Axis:
    number: int
    title: str
    projects: tuple[Project, ...]
    printed_title: str = ""


@dataclass(frozen=True, slots=True)
class ServiceProject:
    """The multi-year project of a service (projet pluriannuel de service)."""

    organisation: str
    title: str
    first_year: int
    last_year: int
    validated_on: date
    proposed_by: str
    validated_by: str
    axes: tuple[Axis, ...]
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """A clause that the text does not have, with the default that the platform then applies."""

    key: str
    label: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class ContractText:
    """A contract as it is written. Build it with :func:`load_contract_text`, which checks it."""

    key: str
    kind: str
    title: str
    territory: str
    source: str
    term: Term
    parties: tuple[Party, ...]
    clauses: tuple[Clause, ...]
    commitments: tuple[Commitment, ...] = ()
    printed_title: str = ""
    title_period: str = ""
    generation: int | None = None
    signed_on: date | None = None
    signed_at: str = ""  # place, as printed
    signed: bool = True
    consultations: tuple[Consultation, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    terminations: tuple[Termination, ...] = ()
    references: tuple[LegalReference, ...] = ()
    frameworks: tuple[FrameworkLink, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    categories: tuple[Category, ...] = ()
    tables: tuple[ContextTable, ...] = ()
    figures: tuple[Figure, ...] = ()
    annexes: tuple[Annex, ...] = ()
    committees: tuple[Committee, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    sub_agreements: tuple[SubAgreement, ...] = ()
    laboratories: tuple[Laboratory, ...] = ()
    accreditations: tuple[Accreditation, ...] = ()
    service_projects: tuple[ServiceProject, ...] = ()
    silences: tuple[Silence, ...] = ()
    notes: tuple[str, ...] = ()

    def clause(self, key: str) -> Clause:
        """The clause of that key. Raises KeyError."""
        return {one.key: one for one in self.clauses}[key]

    def children(self, key: str = "") -> tuple[Clause, ...]:
        """The clauses directly under one, in order; without a key, those at the top."""
        return tuple(one for one in self.clauses if one.parent == key)

    def walk(self, key: str = "") -> Iterator[tuple[int, Clause]]:
        """Depth (from 0) and clause, in the order in which the text is read."""
        yield from self._walk(key, 0)

    def _walk(self, key: str, depth: int) -> Iterator[tuple[int, Clause]]:
        for one in self.children(key):
            yield depth, one
            yield from self._walk(one.key, depth + 1)

    def article_of(self, key: str) -> Clause:
        """The nearest article at or above a clause; else the top clause."""
        clause = self.clause(key)
        while clause.parent and clause.kind is not ClauseKind.ARTICLE:
            clause = self.clause(clause.parent)
        return clause

    def owed_by(self, organisation: str) -> tuple[Commitment, ...]:
        """The commitments of one party, in the order of the text."""
        return tuple(one for one in self.commitments if organisation in one.parties)

    def coverage(self) -> dict[str, tuple[Clause, ...]]:
        """For each purpose that the contract lists, the clauses that serve it: an empty tuple is a purpose uncovered."""
        return {
            listed.purpose: tuple(one for one in self.clauses if listed.purpose in one.purposes)
            for listed in self.purposes
        }

    def missing(self) -> tuple[str, ...]:
        """What the source leaves out, in a sentence each: annexes, tables, sheets, signatures."""
        annexes = (f"Annexe {one.number} : {one.title}" for one in self.annexes if one.status is AnnexStatus.MISSING)
        tables = (f"{one.title} : {one.missing}" for one in self.tables if one.missing)
        sheets = (f"{one.heading} : {one.sheet.missing}" for one in self.clauses if one.sheet and one.sheet.missing)
        parties = (
            f"Signature de {one.short_name} : {one.signature_note}" for one in self.parties if one.signature_to_confirm
        )
        return tuple(map(typeset, (*annexes, *tables, *sheets, *parties)))


@dataclass(frozen=True, slots=True)
class Framework:
    """A plan, agreement or strategy that contracts serve. Dates are None when no source gives them."""

    key: str
    label: str  # « PRST 4 Guadeloupe »
    name: str
    level: str  # national | regional | service
    family: str  # pst, prst, cog, cpg, prs, patgm, prith, prse, sns, qvt, diagnostic, projet
    territory: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    period: str = ""  # as printed
    parent: str = ""
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class StatutoryPurpose:
    """One purpose of article D4622-45; ``label`` is short, for matrices."""

    key: str
    label: str
    note: str = ""
