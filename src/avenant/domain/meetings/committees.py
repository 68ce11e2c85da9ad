"""What a committee must be and do: who sits, who must be there, how often and when it meets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words, format_date, format_day
from avenant.domain.periods import Period


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a year on which a text wants the meeting: « sur la période mars-avril », both days included."""

    first: str
    last: str

    def __post_init__(self) -> None:
        if self.period(2024).last_day.year != 2024:
            raise ValueError("a window stays within its year")

    def period(self, year: int) -> Period:
        """The window of one year. ``first`` and ``last`` are written « 03-01 ». Raises ValueError when they are not days."""
        return Period.through(date.fromisoformat(f"{year}-{self.first}"), date.fromisoformat(f"{year}-{self.last}"))

    @property
    def days(self) -> str:
        """« du 1er mars au 30 avril »."""
        days = self.period(2024)
        return f"du {format_day(days.start)} au {format_day(days.last_day)}"

    def words(self, year: int) -> str:
        """« du 1er mars 2026 au 30 avril 2026 »."""
        days = self.period(year)
        return f"du {format_date(days.start)} au {format_date(days.last_day)}"


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a committee meets (sessions a civil year, at least) and in which window, when the text has one."""

    minimum: int
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A session for the plan: its year, its day once there is one, whether it was held or cancelled."""

    year: int
    day: date | None = None
    held: bool = False
    cancelled: bool = False


class PlanState(StrEnum):
    """Where a committee stands for one year."""

    COMPLIANT = "compliant"
    PENDING = "pending"
    NOT_COMPLIANT = "not_compliant"
    AT_WILL = "at_will"
    NOT_DUE = "not_due"

    @property
    def label(self) -> str:
        return {
            "compliant": "fréquence tenue",
            "pending": "en cours",
            "not_compliant": "fréquence non tenue",
            "at_will": "réunions à la demande",
            "not_due": "aucune séance due",
        }[self]


@dataclass(frozen=True, slots=True)
class YearPlan:
    """One year of a committee: sessions planned and held, its state, and what an agent should know of it."""

    year: int
    minimum: int
    planned: int
    held: int
    state: PlanState
    alerts: tuple[str, ...]


def year_plan(rule: Rule, year: int, meetings: Iterable[Meeting], today: date, *, due: bool = True) -> YearPlan:
    """The plan of ``year``. A cancelled session does not count; with a window, only a session inside it does.

    A year is not compliant from its last day on when fewer sessions than the minimum were held, or as soon as its
    window is over without any session in it. A body without a minimum meets at will: nothing of its plan is missing;
    nor of a year that its file does not ask for (``due``): its contract is not signed yet, or is over.
    """
    kept = [one for one in meetings if one.year == year and not one.cancelled]
    days = rule.window.period(year) if rule.window else None
    counted = [one for one in kept if days is None or (one.day is not None and one.day in days)]
    held = sum(one.held for one in counted)
    asked = due and rule.minimum > 0
    alerts = (
        [] if kept or not asked else [f"Aucune séance n’est planifiée pour {year} : la planification annuelle manque."]
    )
    if days is not None and rule.window:
        alerts += [
            f"La séance du {format_date(one.day)} sort de la période prévue ({rule.window.words(year)})."
            for one in kept
            if one.day is not None and one.day not in days
        ]
    over = today >= date(year, 12, 31) or (days is not None and today >= days.end and len(counted) < rule.minimum)
    state = PlanState.COMPLIANT if held >= rule.minimum else PlanState.NOT_COMPLIANT if over else PlanState.PENDING
    if not asked:
        state = PlanState.NOT_DUE if rule.minimum else PlanState.AT_WILL
    return YearPlan(year, rule.minimum, len(kept), held, state, tuple(alerts))


@dataclass(frozen=True, slots=True)
class ExpectedSession:
    """A session that the contract calls for: the year it meets, the year whose indicators it consolidates."""

    year: int
    reference_year: int | None

    @property
    def optional(self) -> bool:
        return self.reference_year is None


def expected_sessions(first_year: int, last_year: int) -> tuple[ExpectedSession, ...]:
    """A set-up session in the first year (optional: nothing to consolidate yet), then one for each year of the contract,
    held the year after (CPOM PACA, article 7: « consolider les indicateurs de l'année civile précédente »)."""
    setup = ExpectedSession(first_year, None)
    return (setup, *(ExpectedSession(year + 1, year) for year in range(first_year, last_year + 1)))


@dataclass(frozen=True, slots=True)
class SeatFilled:
    """A seat that is taken: by which organisation, at which level (empty when the text asks for none)."""

    organisation: str
    level: str = ""


def composition_gaps(
    organisations: Sequence[str], levels: Sequence[str], seats: Collection[SeatFilled]
) -> tuple[SeatFilled, ...]:
    """The seats that the text asks for and nobody holds: one at each level for each organisation."""
    wanted = [SeatFilled(one, level) for one in organisations for level in (levels or ("",))]
    held = set(seats) if levels else {SeatFilled(one.organisation) for one in seats}
    return tuple(one for one in wanted if one not in held)


@dataclass(frozen=True, slots=True)
class Quorum:
    """Who of those needed is there. ``missing`` are the organisations that nobody speaks for."""

    needed: int
    present: int
    missing: tuple[str, ...]

    @property
    def reached(self) -> bool:
        return self.present >= self.needed

    @property
    def words(self) -> str:
        """« 2 organismes présents ou représentés sur 3 demandés »."""
        plural = "s" if self.present > 1 else ""
        return f"{self.present} organisme{plural} présent{plural} ou représenté{plural} sur {self.needed} demandés"


def quorum(organisations: Sequence[str], there: Collection[str], needed: int | None = None) -> Quorum:
    """The quorum of a session: ``needed`` organisations present or represented, all of them when it is None."""
    present = [one for one in organisations if one in there]
    missing = tuple(one for one in organisations if one not in there)
    return Quorum(len(organisations) if needed is None else needed, len(present), missing)


def closing_gaps(found: Quorum, gaps: Sequence[SeatFilled], unchecked: Sequence[str]) -> tuple[list[str], list[str]]:
    """What must be justified before a session is closed as valid, and what is only named in its record."""
    serious = []
    if gaps:
        names = enumerate_in_words(list(dict.fromkeys(one.organisation for one in gaps)))
        serious.append(f"La composition est incomplète : {names}.")
    if not found.reached:
        names = enumerate_in_words(list(found.missing))
        serious.append(f"Le quorum n’est pas atteint : {found.words}. Absents : {names}.")
    return serious, [f"Point annuel non traité : {one}." for one in unchecked]


def check_day(day: date, today: date, window: Window | None) -> str:
    """A warning when ``day`` is outside the window; empty otherwise. Raises DomainError for a day that is past."""
    if day < today:
        raise DomainError(
            f"Le {format_date(day)} est passé : choisissez une date à partir du {format_date(today)}. "
            "Rien n’a été modifié."
        )
    if window and day not in window.period(day.year):
        return f"Le {format_date(day)} sort de la période prévue par le texte ({window.words(day.year)})."
    return ""
