from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify

from avenant.domain.french import format_date, format_time
from avenant.domain.lifecycles import PLANNING, REPORT, SESSION
from avenant.domain.meetings.committees import Meeting, Rule, Window
from avenant.domain.meetings.planner import Answer
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleQuerySet, CircleRow, Organisation, Territory

HELD = ("held", "minutes_shared", "minutes_approved")
"""The states of a session that took place."""


class Committee(CircleRow):
    """A body that follows a file: who sits, how often it meets, who keeps its papers. A row that its members configure.

    ``defaults`` names the settings that no text gives and that the platform proposes.
    """

    class Kind(models.TextChoices):
        FOLLOW_UP = "follow_up", "comité de suivi"
        TECHNICAL = "technical", "réunion technique"
        STEERING = "steering", "comité de pilotage"
        SELECTION = "selection", "comité de sélection"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField("clé", max_length=100, unique=True)
    kind = models.CharField("nature", max_length=12, choices=Kind)
    name = models.CharField("nom", max_length=200)
    short_name = models.CharField("nom court", max_length=60)
    file_title = models.CharField("dossier", max_length=250)
    page_of_file = models.CharField("page du dossier", max_length=200)
    zone = models.CharField("fuseau", max_length=40, default="Europe/Paris")
    secretariat = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="secrétariat")
    chair_rule = models.CharField("présidence", max_length=200, blank=True)
    minimum = models.PositiveSmallIntegerField("séances par an au moins", default=1)
    window_first = models.CharField("premier jour de la période", max_length=5, blank=True, help_text="03-01")
    window_last = models.CharField("dernier jour de la période", max_length=5, blank=True, help_text="04-30")
    quorum = models.PositiveSmallIntegerField("quorum (organismes)", null=True, blank=True, help_text="empty: all")
    levels = models.JSONField("niveaux demandés à chaque organisme", default=list, blank=True)
    asked = models.JSONField("organismes que le texte fait siéger", default=list, blank=True, help_text="keys")
    standing = models.JSONField("points permanents", default=list, blank=True, help_text='[{"title", "basis"}]')
    checklist = models.JSONField("points annuels", default=list, blank=True)
    first_year = models.PositiveSmallIntegerField("première année", null=True, blank=True)
    last_year = models.PositiveSmallIntegerField(
        "dernière année", null=True, blank=True, help_text="the year after the file's last: it consolidates it"
    )
    regional = models.BooleanField("calendrier arrêté en région", default=False)
    basis = models.CharField("fondement", max_length=200, blank=True)
    defaults = models.JSONField("réglages par défaut de la plateforme", default=list, blank=True)
    fictional = models.BooleanField("fictif", default=False)

    class Meta(CircleRow.Meta):
        verbose_name = "comité"
        ordering = ["short_name", "kind"]
        constraints = [
            models.CheckConstraint(
                name="meetings_committee_window_whole",
                condition=Q(window_first="", window_last="")
                | Q(window_first__regex=r"^\d\d-\d\d$", window_last__regex=r"^\d\d-\d\d$"),
                violation_error_message="Une période a un premier et un dernier jour.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> Rule:
        window = Window(self.window_first, self.window_last) if self.window_first else None
        return Rule(self.minimum, window)

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def waits_for_signature(self) -> bool:
        """Its file gives it no year yet: a contract has one once it is signed."""
        return self.minimum > 0 and self.first_year is None

    def meets_in(self, year: int) -> bool:
        """Does its file ask for sessions that year."""
        return self.first_year is not None and self.first_year <= year <= (self.last_year or year)

    def page(self) -> str:
        return reverse("meetings:committee", args=[self.pk])


class HeldSeats(models.Manager.from_queryset(CircleQuerySet)):  # type: ignore[misc]
    """The seats that are held: one that has ended is read only where it sat."""

    def get_queryset(self) -> CircleQuerySet[Any]:
        rows: CircleQuerySet[Any] = super().get_queryset().filter(ended_on=None)
        return rows


class Seat(CircleRow):
    """Who sits: an organisation in a capacity (never a name), at the level that the text asks for; or an invited expert.

    It ends the day its organisation leaves the file; the sessions in which it sat still name it (``ever``).
    """

    class Level(models.TextChoices):
        NONE = "", "sans niveau"
        DECISION = "decision", "décisionnel"
        OPERATIONAL = "operational", "opérationnel"

    committee = models.ForeignKey(Committee, models.CASCADE, related_name="seats", verbose_name="comité")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="organisme"
    )
    capacity = models.CharField("qualité", max_length=160)
    level = models.CharField("niveau", max_length=12, choices=Level, blank=True, default=Level.NONE)
    expert = models.BooleanField("expert invité", default=False)
    ended_on = models.DateField("a pris fin le", null=True, blank=True)

    objects: ClassVar[Any] = HeldSeats()
    ever = CircleQuerySet.as_manager()

    class Meta(CircleRow.Meta):
        verbose_name = "siège"
        ordering = ["expert", "organisation__short_name", "level", "pk"]
        constraints = [
            models.CheckConstraint(
                name="meetings_seat_member_has_organisation",
                condition=Q(expert=True) | Q(organisation__isnull=False),
                violation_error_message="Un membre siège pour un organisme ; seul un expert invité peut s’en passer.",
            )
        ]

    def __str__(self) -> str:
        return self.capacity


class Session(StatefulRow):
    """One sitting: first a month or a day of the plan, then convened, held, and told in minutes that members approve."""

    lifecycle = SESSION

    class Purpose(models.TextChoices):
        ORDINARY = "ordinary", "séance annuelle"
        SETUP = "setup", "séance de mise en place"
        TECHNICAL = "technical", "réunion technique"
        SELECTION = "selection", "séance de sélection"

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="sessions", verbose_name="comité")
    purpose = models.CharField("objet", max_length=10, choices=Purpose, default=Purpose.ORDINARY)
    year = models.PositiveSmallIntegerField("année")
    month = models.PositiveSmallIntegerField("mois prévu", null=True, blank=True)
    reference_year = models.PositiveSmallIntegerField("année de référence", null=True, blank=True)
    starts_at = models.DateTimeField("début", null=True, blank=True)
    ends_at = models.DateTimeField("fin", null=True, blank=True)
    place = models.CharField("lieu", max_length=200, blank=True)
    visio = models.URLField("visioconférence", max_length=300, blank=True)
    moved = models.PositiveSmallIntegerField("déplacements", default=0, help_text="SEQUENCE of the invitation")
    checked = models.JSONField("points annuels traités", default=list, blank=True)
    gaps = models.JSONField("écarts de la séance", default=list, blank=True)
    minutes = models.TextField("compte rendu", blank=True)
    minutes_version = models.PositiveIntegerField("version du compte rendu", default=0)
    minutes_at = models.DateTimeField("enregistré le", null=True, blank=True)
    approved = models.JSONField(
        "compte rendu approuvé", default=dict, blank=True, help_text="what its PDF was made from"
    )
    minutes_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(StatefulRow.Meta):
        verbose_name = "séance"
        ordering = ["starts_at", "year", "month"]
        constraints = [
            models.CheckConstraint(
                name="meetings_session_ends_after_start",
                condition=Q(ends_at__gt=models.F("starts_at")) | Q(starts_at=None, ends_at=None),
                violation_error_message="La fin de la séance suit son début.",
            ),
            models.CheckConstraint(
                name="meetings_session_dated_once_convened",
                condition=Q(state__in=["planned", "cancelled"]) | Q(starts_at__isnull=False),
                violation_error_message="Une séance convoquée a un jour et une heure.",
            ),
            models.CheckConstraint(
                name="meetings_session_known_month",
                condition=Q(month=None) | Q(month__range=(1, 12)),
                violation_error_message="Un mois va de 1 à 12.",
            ),
        ]
        indexes = [models.Index(fields=["committee", "year"], name="meetings_session_by_year")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display().capitalize()} {self.year}, {self.committee.short_name}"

    @property
    def file_stem(self) -> str:
        """What the files of the session are named after: « seance-annuelle-2026-val-d-issole »."""
        return slugify(str(self).replace("’", "-"))[:150]

    @property
    def local_start(self) -> datetime | None:
        return self.starts_at.astimezone(self.committee.clock) if self.starts_at else None

    @property
    def day(self) -> date | None:
        start = self.local_start
        return start.date() if start else None

    @property
    def when(self) -> str:
        """« 12 mars 2026, de 9 h 30 à 12 h 00 », « mars 2026 » while there is no day, « date à fixer »."""
        start = self.local_start
        if start and self.ends_at:
            end = self.ends_at.astimezone(self.committee.clock)
            return f"{format_date(start)}, de {format_time(start.timetz())} à {format_time(end.timetz())}"
        if self.month:
            return format_date(date(self.year, self.month, 2))[2:]
        return "date à fixer"

    @property
    def meeting(self) -> Meeting:
        return Meeting(self.year, self.day, self.state in HELD, self.state == "cancelled")

    @property
    def editable(self) -> bool:
        return self.state in ("planned", "convened")

    def page(self) -> str:
        return reverse("meetings:session", args=[self.pk])


class Attendance(CircleRow):
    """Who was there, seat by seat, in capacity."""

    class Status(models.TextChoices):
        PRESENT = "present", "présent"
        REPRESENTED = "represented", "représenté"
        EXCUSED = "excused", "excusé"
        ABSENT = "absent", "absent"

    THERE = (Status.PRESENT, Status.REPRESENTED)

    session = models.ForeignKey(Session, models.CASCADE, related_name="attendance", verbose_name="séance")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name="siège")
    status = models.CharField("présence", max_length=12, choices=Status)
    note = models.CharField("précision", max_length=200, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "présence"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "seat"],
                name="meetings_attendance_once",
                violation_error_message="La présence de ce membre est déjà notée.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} · {self.status}"


class AgendaItem(CircleRow):
    """A point of the agenda, where it comes from and its place; in the minutes, what was said of it."""

    class Source(models.TextChoices):
        STANDING = "standing", "point permanent"
        FOLLOW_UP = "follow_up", "suite d’une décision"
        DUE = "due", "échéance du dossier"
        ADDED = "added", "point ajouté"

    session = models.ForeignKey(Session, models.CASCADE, related_name="agenda", verbose_name="séance")
    position = models.PositiveSmallIntegerField("rang")
    title = models.CharField("point", max_length=250)
    detail = models.TextField("précision", blank=True)
    source = models.CharField("origine", max_length=10, choices=Source, default=Source.ADDED)
    key = models.CharField(
        "clé", max_length=200, blank=True, help_text="where it comes from: built again, never doubled"
    )
    asked_by = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="demandé par")
    notes = models.TextField("ce qui s’est dit", blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "point de l’ordre du jour"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "key"],
                condition=~Q(key=""),
                name="meetings_agendaitem_once",
                violation_error_message="Ce point est déjà à l’ordre du jour.",
            )
        ]

    def __str__(self) -> str:
        return self.title


class CommitteeDecision(CircleRow):
    """What a session decided or proposed: on which action, from which finding, by whom, until when, what became of it."""

    class Kind(models.TextChoices):
        DECISION = "decision", "décision"
        IMPROVEMENT = "improvement", "piste d’amélioration"

    class Progress(models.TextChoices):
        TO_DO = "to_do", "à faire"
        UNDERWAY = "underway", "en cours"
        DONE = "done", "réalisée"
        ABANDONED = "abandoned", "abandonnée"

    PENDING = (Progress.TO_DO, Progress.UNDERWAY)

    session = models.ForeignKey(Session, models.CASCADE, related_name="decisions", verbose_name="séance")
    item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="decisions", verbose_name="point"
    )
    number = models.PositiveSmallIntegerField("numéro")
    kind = models.CharField("nature", max_length=12, choices=Kind, default=Kind.DECISION)
    text = models.TextField("texte")
    action = models.CharField("action ou indicateur concerné", max_length=200, blank=True)
    page_of_action = models.CharField("page de ce qui est concerné", max_length=200, blank=True)
    finding = models.TextField("constat", blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="responsable")
    due_on = models.DateField("échéance", null=True, blank=True)
    progress = models.CharField("état", max_length=10, choices=Progress, default=Progress.TO_DO)
    outcome = models.TextField("suite donnée", blank=True)
    outcome_at = models.DateTimeField("suite dite le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "décision du comité"
        ordering = ["session", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                name="meetings_decision_unique_number",
                violation_error_message="Ce numéro de décision est déjà pris dans la séance.",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class MinutesRemark(CircleRow):
    """What a member asks to correct in the minutes that were shared. Never rewritten."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="remarks", verbose_name="séance")
    version = models.PositiveIntegerField("version lue")
    text = models.TextField("remarque")
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")

    class Meta(CircleRow.Meta):
        verbose_name = "remarque sur le compte rendu"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text[:80]


class Approval(CircleRow):
    """A member organisation approves the minutes as they were shared; corrected minutes ask everyone again."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="approvals", verbose_name="séance")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    version = models.PositiveIntegerField("version approuvée")
    at = models.DateTimeField("le")

    class Meta(CircleRow.Meta):
        verbose_name = "approbation"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "organisation", "version"],
                name="meetings_approval_once",
                violation_error_message="Votre organisme a déjà approuvé ce compte rendu.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}"


class Pack(CircleRow):
    """The papers of a session in one PDF, asked by a person, made by a job, kept with its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="packs", verbose_name="séance")
    number = models.PositiveSmallIntegerField("numéro")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="demandé par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="pour")
    at = models.DateTimeField("demandé le")
    total = models.PositiveSmallIntegerField("parties", default=1)
    done = models.PositiveSmallIntegerField("parties faites", default=0)
    left_out = models.JSONField("pièces écartées", default=list, blank=True, help_text="name and reason")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="fichier")

    class Meta(CircleRow.Meta):
        verbose_name = "dossier de séance"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                name="meetings_pack_unique_number",
                violation_error_message="Ce dossier de séance existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"Dossier de séance n° {self.number}"

    def page(self) -> str:
        return reverse("meetings:pack", args=[self.pk])


class Report(StatefulRow):
    """The yearly report of a committee: what was gained, the difficulties (or that there were none), the prospects."""

    lifecycle = REPORT

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="yearly_reports", verbose_name="comité")
    year = models.PositiveSmallIntegerField("année")
    gains = models.TextField("acquis de la coopération", blank=True)
    difficulties = models.TextField("difficultés éventuelles", blank=True)
    no_difficulty = models.BooleanField("aucune difficulté", default=False)
    prospects = models.TextField("perspectives de développement", blank=True)
    version = models.PositiveIntegerField("version", default=0)
    saved_at = models.DateTimeField("enregistré le", null=True, blank=True)
    saved_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    content = models.JSONField("contenu adopté", default=dict, blank=True)
    sha256 = models.CharField("empreinte du PDF", max_length=64, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "bilan annuel du comité"
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "year"],
                name="meetings_report_one_a_year",
                violation_error_message="Le bilan de cette année existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"Bilan annuel {self.year}, {self.committee.short_name}"

    def page(self) -> str:
        return reverse("meetings:report", args=[self.pk])


class Planning(StatefulRow):
    """The calendar of a region's committees for one year: slots, representatives, who meets when. Its planners' circle."""

    lifecycle = PLANNING

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="région")
    year = models.PositiveSmallIntegerField("année")
    first_day = models.DateField("premier jour")
    last_day = models.DateField("dernier jour")
    publish_by = models.DateField("à publier au plus tard le")
    published_at = models.DateTimeField("publié le", null=True, blank=True)
    placed = models.JSONField("places", default=dict, blank=True, help_text='{committee: {"slot", "representatives"}}')

    class Meta(StatefulRow.Meta):
        verbose_name = "calendrier régional des comités"
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "year"],
                name="meetings_planning_one_a_year",
                violation_error_message="Le calendrier de cette année existe déjà.",
            ),
            models.CheckConstraint(
                name="meetings_planning_days_in_order",
                condition=Q(last_day__gte=models.F("first_day")),
                violation_error_message="Le dernier jour suit le premier.",
            ),
        ]

    def __str__(self) -> str:
        return f"Calendrier {self.year} des comités, {self.territory}"

    @property
    def late(self) -> bool:
        """Published after the day that the region gave itself."""
        zone = ZoneInfo(self.territory.time_zone)
        return self.published_at is not None and self.published_at.astimezone(zone).date() > self.publish_by

    def page(self) -> str:
        return reverse("meetings:planning", args=[self.pk])


class Slot(CircleRow):
    """A time that the planners propose."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    planning = models.ForeignKey(Planning, models.CASCADE, related_name="slots", verbose_name="calendrier")
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")

    class Meta(CircleRow.Meta):
        verbose_name = "créneau"
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["planning", "starts_at", "ends_at"],
                name="meetings_slot_once",
                violation_error_message="Ce créneau est déjà proposé.",
            ),
            models.CheckConstraint(
                name="meetings_slot_ends_after_start",
                condition=Q(ends_at__gt=models.F("starts_at")),
                violation_error_message="La fin d’un créneau suit son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class Representative(CircleRow):
    """One who can sit for a planning authority, by capacity, and the slots at which they cannot."""

    planning = models.ForeignKey(Planning, models.CASCADE, related_name="representatives", verbose_name="calendrier")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    capacity = models.CharField("qualité", max_length=160)
    unavailable = models.JSONField("créneaux impossibles", default=list, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "représentant"
        ordering = ["organisation__short_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["planning", "organisation", "capacity"],
                name="meetings_representative_once",
                violation_error_message="Ce représentant est déjà inscrit.",
            )
        ]

    def __str__(self) -> str:
        return self.capacity


class Consultation(CircleRow):
    """A service is asked when it can meet. A row of its own file's circle: no other service reads its answers.

    The proposed slots are copied here: the service does not read the planners' circle.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    planning_id = models.UUIDField("calendrier", db_index=True)
    committee = models.ForeignKey(Committee, models.CASCADE, related_name="consultations", verbose_name="comité")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="service consulté")
    year = models.PositiveSmallIntegerField("année")
    slots = models.JSONField("créneaux proposés", default=list, help_text='[{"id", "starts_at", "ends_at"}]')
    asked_at = models.DateTimeField("consulté le")
    answer_by = models.DateTimeField("réponse attendue avant")
    answers = models.JSONField("réponses", default=dict, blank=True, help_text='{slot: "yes" | "if_needed" | "no"}')
    comment = models.CharField("précision", max_length=500, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    closed_at = models.DateTimeField("close le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "consultation sur le calendrier"
        constraints = [
            models.UniqueConstraint(
                fields=["planning_id", "committee"],
                name="meetings_consultation_once",
                violation_error_message="Ce service est déjà consulté pour ce calendrier.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} · {self.year}"

    @property
    def offered(self) -> Sequence[tuple[str, datetime, datetime]]:
        """The proposed slots: key, start, end."""
        read = datetime.fromisoformat
        return [(one["id"], read(one["starts_at"]), read(one["ends_at"])) for one in self.slots]

    @property
    def answers_by_slot(self) -> dict[str, Answer] | None:
        """What the service said, None while it has not answered."""
        return {key: Answer(said) for key, said in self.answers.items()} if self.answered_at else None

    def page(self) -> str:
        return reverse("meetings:consultation", args=[self.pk])
