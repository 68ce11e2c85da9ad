from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from avenant.domain.meetings.planner import Answer
from avenant.domain.periods import is_working_day
from avenant.foundations.fields import DayField
from avenant.foundations.meetings.models import (
    Attendance,
    Committee,
    CommitteeDecision,
    Consultation,
    Seat,
    Session,
)
from avenant.foundations.meetings.services.minutes import DecisionDraft
from avenant.foundations.meetings.services.reports import ReportText
from avenant.foundations.meetings.services.sessions import Presence, Timing
from avenant.foundations.parties.models import Organisation

HOUR = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
MONTHS = [
    ("", "–"),
    *enumerate(
        (
            "janvier", "février", "mars", "avril", "mai", "juin",
            "juillet", "août", "septembre", "octobre", "novembre", "décembre",
        ),
        start=1,
    ),
]  # fmt: skip
WEEKDAYS = [("0", "lundi"), ("1", "mardi"), ("2", "mercredi"), ("3", "jeudi"), ("4", "vendredi")]
ANSWERS = [(Answer.YES.value, "disponible"), (Answer.IF_NEEDED.value, "si besoin"), (Answer.NO.value, "indisponible")]


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class MemberField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An organisation of the committee, by its short name. The form gives the ``queryset``."""

    def __init__(self, *, empty_label: str = "Choisir", **options: Any) -> None:
        super().__init__(queryset=Organisation.objects.none(), empty_label=empty_label, **options)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.short_name)


class YearDayField(forms.CharField):
    """A day of each year, written « 01/03 » and kept as its month and its day, « 03-01 »."""

    def prepare_value(self, value: Any) -> Any:
        kept = re.fullmatch(r"(\d\d)-(\d\d)", str(value or ""))
        return f"{kept[2]}/{kept[1]}" if kept else value

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        said = re.fullmatch(r"(\d{1,2})/(\d{1,2})", typed or "")
        if typed and not said:
            raise forms.ValidationError("Écrivez le jour et le mois : 01/03.")
        return f"{int(said[2]):02}-{int(said[1]):02}" if said else ""


class CommitteeFilter(forms.Form):
    """Which committees to show. What it cannot read filters nothing."""

    annee = forms.IntegerField(label="Année", required=False, min_value=2000, max_value=2100)
    nature = forms.ChoiceField(label="Nature", required=False, choices=[("", "Toutes"), *Committee.Kind.choices])
    q = forms.CharField(label="Rechercher", required=False, max_length=100)


class SessionFilter(forms.Form):
    """Which sessions to show. What it cannot read filters nothing."""

    annee = forms.IntegerField(label="Année", required=False, min_value=2000, max_value=2100)
    etat = forms.ChoiceField(label="État", required=False, choices=[("", "Tous"), *Session.lifecycle.states.items()])
    q = forms.CharField(label="Rechercher", required=False, max_length=100)


class SettingsForm(forms.Form):
    """How a committee works."""

    name = forms.CharField(label="Nom", max_length=200)
    minimum = forms.IntegerField(label="Séances par an au moins", min_value=0, max_value=52)
    secretariat = MemberField(label="Secrétariat")
    chair_rule = forms.CharField(label="Présidence", max_length=200, required=False)
    quorum = forms.IntegerField(
        label="Quorum",
        required=False,
        min_value=1,
        help_text="Nombre d’organismes présents ou représentés. Vide : tous.",
    )
    window_first = YearDayField(label="Premier jour de la période", required=False, help_text="Jour et mois : 01/03.")
    window_last = YearDayField(label="Dernier jour de la période", required=False, help_text="Jour et mois : 30/04.")
    regional = forms.BooleanField(
        label="Sa séance annuelle est placée par le calendrier de la région",
        required=False,
        help_text="Sinon, le secrétariat en fixe la date.",
    )

    def __init__(self, *args: object, members: Iterable[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        rows = Organisation.objects.filter(pk__in=[one.pk for one in members])
        self.fields["secretariat"].queryset = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A period has two days of the calendar, in order."""
        said = super().clean() or {}
        first, last = said.get("window_first", ""), said.get("window_last", "")
        try:
            whole = bool(first) == bool(last) and (not first or _day(first) <= _day(last))
        except ValueError:
            whole = False
        if not whole:
            self.add_error("window_last", "Donnez les deux jours de la période, dans l’ordre : 01/03 et 30/04.")
        return said


def _day(written: str) -> date:
    return date.fromisoformat(f"2024-{written}")


class BodyForm(forms.Form):
    """Another body beside a committee."""

    name = forms.CharField(label="Nom", max_length=200)
    kind = forms.ChoiceField(label="Nature", choices=Committee.Kind.choices, initial=Committee.Kind.TECHNICAL)
    minimum = forms.IntegerField(label="Séances par an au moins", min_value=0, max_value=52, initial=0)


class SeatForm(forms.Form):
    """Who sits, in which capacity; never a name."""

    organisation = MemberField(label="Organisme", required=False, empty_label="aucun (expert invité)")
    capacity = forms.CharField(label="Qualité", max_length=160, help_text="La fonction, jamais un nom de personne.")
    level = forms.ChoiceField(label="Niveau", choices=Seat.Level.choices, required=False)
    expert = forms.BooleanField(label="Expert invité, sans voix dans le quorum", required=False)

    def __init__(self, *args: object, members: Iterable[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        rows = Organisation.objects.filter(pk__in=[one.pk for one in members])
        self.fields["organisation"].queryset = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Only an expert sits for nobody."""
        said = super().clean() or {}
        if not said.get("organisation") and not said.get("expert"):
            self.add_error("organisation", "Un membre siège pour un organisme ; sinon, cochez « expert invité ».")
        return said


class TimingForm(forms.Form):
    """When and where: a day with its hours, or a month of the plan."""

    day = DayField(label="Jour", required=False)
    starts = forms.TimeField(label="De", required=False, widget=HOUR)
    ends = forms.TimeField(label="À", required=False, widget=HOUR)
    month = forms.TypedChoiceField(
        label="Ou mois prévu",
        required=False,
        choices=MONTHS,
        coerce=int,
        empty_value=None,
        help_text="Tant que le jour n’est pas fixé.",
    )
    year = forms.IntegerField(label="Année", required=False, min_value=2000, max_value=2100)
    place = forms.CharField(label="Lieu", max_length=200, required=False)
    visio = forms.URLField(label="Adresse de visioconférence", max_length=300, required=False, assume_scheme="https")

    def __init__(self, *args: object, zone: ZoneInfo, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        """A day comes with its hours."""
        said = super().clean() or {}
        if said.get("day") and not (said.get("starts") and said.get("ends")):
            self.add_error("starts", "Donnez l’heure de début et l’heure de fin.")
        return said

    def timing(self) -> Timing:
        """What was typed, once it is valid."""
        said = self.cleaned_data
        day = said.get("day")
        if not day:
            return Timing(None, None, said.get("year"), said.get("month"), said["place"], said["visio"])
        starts, ends = (datetime.combine(day, said[name], self.zone) for name in ("starts", "ends"))
        return Timing(starts, ends, None, None, said["place"], said["visio"])


class PlanForm(TimingForm):
    """A new session."""

    field_order = ("purpose", "day", "starts", "ends", "month", "year", "place", "visio")
    purpose = forms.ChoiceField(label="Objet", choices=Session.Purpose.choices)


def timing_initial(session: Session) -> dict[str, object]:
    """What the form of a session shows first."""
    start = session.local_start
    end = session.ends_at.astimezone(session.committee.clock) if session.ends_at else None
    return {
        "day": start.date() if start else None,
        "starts": start.timetz().replace(tzinfo=None) if start else None,
        "ends": end.timetz().replace(tzinfo=None) if end else None,
        "month": session.month,
        "year": session.year,
        "place": session.place,
        "visio": session.visio,
    }


class ItemForm(forms.Form):
    """A point asked for."""

    title = forms.CharField(label="Point", max_length=250)
    detail = forms.CharField(label="Précision", max_length=2000, required=False, widget=_lines(2))


class DecisionForm(forms.Form):
    """A decision or a way to improve, as it is typed in the session."""

    kind = forms.ChoiceField(label="Nature", choices=CommitteeDecision.Kind.choices)
    text = forms.CharField(label="Décision ou proposition", max_length=2000, widget=_lines(2))
    owner = MemberField(label="Responsable")
    due_on = DayField(label="Échéance", required=False)
    action = forms.CharField(label="Action ou indicateur concerné", max_length=200, required=False)
    finding = forms.CharField(label="Constat", max_length=2000, required=False, widget=_lines(2))

    def __init__(self, *args: object, members: Iterable[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        rows = Organisation.objects.filter(pk__in=[one.pk for one in members])
        self.fields["owner"].queryset = rows  # type: ignore[attr-defined]

    def draft(self, item_id: int | None) -> DecisionDraft:
        """What was typed, once it is valid."""
        said = {**self.cleaned_data, "kind": CommitteeDecision.Kind(self.cleaned_data["kind"])}
        return DecisionDraft(**said, item_id=item_id)


class FollowUpForm(forms.Form):
    """What became of a decision."""

    progress = forms.ChoiceField(label="État", choices=CommitteeDecision.Progress.choices)
    outcome = forms.CharField(label="Suite donnée", max_length=2000, required=False, widget=_lines(2))


class TextForm(forms.Form):
    """Words to write."""

    text = forms.CharField(label="Texte", max_length=50_000, required=False, widget=_lines(10))


class ReportForm(forms.Form):
    """The three parts of the yearly report."""

    gains = forms.CharField(label="Acquis de la coopération", max_length=20_000, required=False, widget=_lines(6))
    difficulties = forms.CharField(label="Difficultés éventuelles", max_length=20_000, required=False, widget=_lines(6))
    no_difficulty = forms.BooleanField(label="Aucune difficulté à signaler", required=False)
    prospects = forms.CharField(
        label="Perspectives de développement", max_length=20_000, required=False, widget=_lines(6)
    )

    def report_text(self) -> ReportText:
        """What was typed."""
        return ReportText(**self.cleaned_data)


def read_attendance(typed: Mapping[str, str], seats: Iterable[Seat]) -> dict[int, Presence]:
    """The attendance as it was ticked: ``seat-12=present``, ``note-12=…``. What it cannot read is left as it was."""
    known = set(Attendance.Status.values)
    return {
        seat.pk: Presence(Attendance.Status(typed[f"seat-{seat.pk}"]), typed.get(f"note-{seat.pk}", "").strip()[:200])
        for seat in seats
        if typed.get(f"seat-{seat.pk}") in known
    }


class SlotsForm(forms.Form):
    """Slots to propose: which working days, at which hours, how long."""

    first = DayField(label="Du")
    last = DayField(label="Au")
    weekdays = forms.MultipleChoiceField(label="Jours", choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple)
    morning = forms.TimeField(label="Matin à", required=False, widget=HOUR)
    afternoon = forms.TimeField(label="Après-midi à", required=False, widget=HOUR)
    minutes = forms.IntegerField(label="Durée (minutes)", min_value=15, max_value=480, initial=150)

    def clean(self) -> dict[str, Any]:
        """At least one hour, and days in order."""
        said = super().clean() or {}
        if not said.get("morning") and not said.get("afternoon"):
            self.add_error("morning", "Donnez au moins une heure de début.")
        first, last = said.get("first"), said.get("last")
        if first and last and not first <= last <= first + timedelta(days=366):
            self.add_error("last", "Le dernier jour suit le premier, dans la même année.")
        return said

    def times(self, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Each slot, public holidays left out."""
        said = self.cleaned_data
        hours: list[time] = [said[name] for name in ("morning", "afternoon") if said[name]]
        day = said["first"]
        while day <= said["last"]:
            if str(day.weekday()) in said["weekdays"] and is_working_day(day):
                for hour in hours:
                    start = datetime.combine(day, hour, zone)
                    yield start, start + timedelta(minutes=said["minutes"])
            day += timedelta(days=1)


class AvailabilityForm(forms.Form):
    """What a service answers, slot by slot."""

    comment = forms.CharField(label="Précision", max_length=500, required=False)

    def __init__(self, *args: object, consultation: Consultation, zone: ZoneInfo, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        from avenant.foundations.meetings.wording import word_slot

        for key, start, end in consultation.offered:
            self.fields[key] = forms.ChoiceField(
                label=word_slot(start, end, zone),
                choices=ANSWERS,
                initial=consultation.answers.get(key, Answer.NO.value),
                widget=forms.RadioSelect,
            )
        self.order_fields([*(key for key, _, _ in consultation.offered), "comment"])

    def answers(self) -> dict[str, Answer]:
        """What was ticked, by slot."""
        return {key: Answer(said) for key, said in self.cleaned_data.items() if key != "comment"}
