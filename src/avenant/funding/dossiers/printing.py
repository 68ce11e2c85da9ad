"""The whole of a dossier on paper, as it stands: what it says, its pieces, the amounts, what the rules find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from avenant.domain.french import format_date, format_euros, format_number
from avenant.domain.french import typeset as french
from avenant.domain.rules.findings import Outcome
from avenant.domain.rules.questions import Place, Question, Typed, said
from avenant.foundations.documents.typesetting import Document, moment_in_words, typeset
from avenant.funding.dossiers.checks import Standing
from avenant.funding.dossiers.facts import questions_at
from avenant.funding.dossiers.models import Expense, HrIndicator, Project

OUTCOMES = {
    Outcome.FAIL: "non conforme", Outcome.UNDETERMINED: "à compléter", Outcome.WARNING: "à voir",
    Outcome.PASS: "conforme",
}  # fmt: skip
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the document; ``figures`` and ``narrow`` are the ranks of its columns of figures and of short words."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Sequence[int] = ()
    narrow: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One section: pairs of a name and what it says, then tables; the empty ones are left out."""

    title: str
    facts: Sequence[Fact] = ()
    tables: Sequence[Table] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """What the template reads."""
        return {
            "title": self.title,
            "facts": [[french(name), french(value)] for name, value in self.facts],
            "tables": [
                {**asdict(one), "rows": [[french(cell) for cell in row] for row in one.rows]}
                for one in self.tables
                if one.rows
            ],
        }


def print_dossier(standing: Standing, *, at: datetime) -> Document:
    """The PDF of a dossier (PDF/UA-1): a draft as it is now, a dossier handed in with its number, instant and hash."""
    dossier, call = standing.dossier, standing.dossier.call
    zone = ZoneInfo(call.zone)
    sections = [_establishment(standing), _diagnosis(standing)]
    for project in standing.content.projects:
        sections += _project(standing, project)
    sections += [_pieces(standing), _findings(standing)]
    handed_in = getattr(dossier, "submission", None)
    facts = [("Appel", f"{call.title}, {call.year}"), ("Établissement", dossier.name)]
    if handed_in is not None:
        facts += [
            ("Numéro", handed_in.number),
            ("Déposé le", moment_in_words(handed_in.at.astimezone(zone))),
            ("Empreinte du dépôt (SHA-256)", handed_in.sha256),
        ]
    data: dict[str, object] = {
        "institutions": [dossier.name],
        "subject": str(call),
        "state": dossier.state_label,
        "mention": "Démonstration, faits fictifs" if call.fictional else None,
        "facts": [[name, french(value)] for name, value in facts],
        "sections": [one.data() for one in sections if one.facts or any(table.rows for table in one.tables)],
    }
    reference = dossier.number or f"BROUILLON-{dossier.pk}"
    return typeset("dossier", data, title=f"Dossier {dossier.name}", reference=reference, at=at.astimezone(zone))


def _euros(amount: Decimal | None) -> str:
    return "" if amount is None else format_euros(amount)


def _number(value: Decimal | int | None) -> str:
    return "" if value is None else format_number(value)


def _answered(questions: Iterable[Question], answers: Any) -> Iterator[Fact]:
    for one in questions:
        value = said(one.typed, answers.get(one.name))
        label = f"{one.label[:1].upper()}{one.label[1:]}"
        match value:
            case None:
                yield label, ""
            case bool():
                yield label, "oui" if value else "non"
            case Decimal():
                yield label, _euros(value) if one.typed is Typed.EUROS else _number(value)
            case str():
                yield label, one.choices.get(value, value)
            case date():
                yield label, format_date(value)
            case _:
                yield label, str(value)


def _establishment(standing: Standing) -> Section:
    row = standing.dossier
    facts = [
        ("FINESS", row.establishment.finess_et or ""), ("SIRET", row.establishment.siret or ""),
        ("Statut", row.get_status_display()), ("Statut du personnel", row.get_staff_display()),
        ("Agents", _number(row.agents)), ("Masse salariale annuelle", _euros(row.payroll)),
        ("Interlocuteur", " · ".join(one for one in (row.contact, row.contact_email) if one)),
        ("Démarche d’amélioration des conditions de travail", str(row.answers.get("approach") or "")),
        ("Complémentarité avec les crédits d’investissement courant", str(row.answers.get("complementarity") or "")),
        *_answered(questions_at(standing.book, Place.DOSSIER, Place.APPLICANT), row.answers),
    ]  # fmt: skip
    if row.upstream_with:
        since = f", depuis le {format_date(row.upstream_since)}" if row.upstream_since else ""
        facts.append(("Travaillé en amont avec", f"{row.upstream_with}{since}"))
    received = [[str(one.year), one.purpose, _euros(one.amount)] for one in row.credits.all()]
    return Section(
        "Établissement", facts,
        [Table("Crédits d’investissement courant reçus", ["Année", "Objet", "Montant"], received, (2,), (0,))],
    )  # fmt: skip


def _diagnosis(standing: Standing) -> Section:
    content = standing.content
    years = sorted({one.year for one in content.hr})
    held = {(one.kind, one.year): one for one in content.hr}
    rows = []
    for kind, label in HrIndicator.Kind.choices:
        found = [held.get((kind, year)) for year in years]
        formula = next((one.formula for one in found if one and one.formula), "")
        if any(one and one.value is not None for one in found):
            rows.append([label, *(_number(one.value) if one else "" for one in found), formula])
    meetings = [
        [one.get_kind_display(), one.get_body_display(), format_date(one.on) if one.on else "", one.participants, one.result]
        for one in content.dialogue
    ]  # fmt: skip
    figures = tuple(range(1, len(years) + 1))
    return Section(
        "Diagnostic", (),
        [
            Table("Indicateurs de ressources humaines", ["Indicateur", *map(str, years), "Formule"], rows, figures),
            Table("Réunions avec les représentants du personnel",
                  ["Réunion", "Instance", "Date", "Participants", "Résultat"], meetings, (), (1, 2)),
        ],
    )  # fmt: skip


def _project(standing: Standing, project: Project) -> list[Section]:
    named = project.code if len(standing.content.projects) > 1 else "Projet"
    told = standing.amounts(project.position)
    facts = [
        ("Intitulé", project.title), ("Ce que le projet change", project.summary),
        ("Nature", project.get_nature_display()), ("Volets et thèmes", ", ".join((*project.strands, *project.topics))),
        ("Début et fin", " – ".join(format_date(day) for day in (project.starts_on, project.ends_on) if day)),
        ("Agents concernés", _number(project.agents)),
        *_answered(questions_at(standing.book, Place.PROJECT), project.answers),
    ]  # fmt: skip
    if told:
        facts += [
            ("Coût total hors taxes", _euros(told.total_excl_tax)), ("Coût éligible", _euros(told.eligible_excl_tax)),
            ("Aide demandée", _euros(told.requested)), ("Aide calculée", _euros(told.grant)),
            ("Calcul", "\n".join(f"{step.sentence[:1].upper()}{step.sentence[1:]}" for step in told.steps)),
        ]  # fmt: skip
    kept = {one.code: one.eligible_excl_tax for one in told.lines} if told else {}
    kinds = standing.book.vocabulary.expenses
    asked = questions_at(standing.book, Place.LINE)
    partners = [
        [one.name, one.siret, "porteur" if one.carrier else "", f"{_number(one.cost_share)} %" if one.cost_share else ""]
        for one in project.partners.all()
    ]  # fmt: skip
    return [
        Section(named, facts, [Table("Établissements", ["Établissement", "SIRET", "Rôle", "Part"], partners, (3,), (1, 2))]),
        Section(f"{named} : actions et indicateurs", (), _actions(project)),
        Section(f"{named} : dépenses et financement", (), [
            Table("Dépenses", ["Dépense", "Nature", "HT", "TTC", "Retenu HT"],
                  [[_line(one, asked), kinds.get(one.kind, one.kind), _euros(one.excl_tax), _euros(one.incl_tax),
                    _euros(kept.get(one.code))] for one in project.expenses.all()], (2, 3, 4)),
            Table("Plan de financement", ["Financeur", "Nature", "État", "Montant"],
                  [[one.payer, one.get_nature_display(), "accordée" if one.granted else "demandée", _euros(one.amount)]
                   for one in project.plan.all()], (3,), (2,)),
        ]),
    ]  # fmt: skip


def _line(one: Expense, asked: Sequence[Question]) -> str:
    told = [f"{_number(one.quantity)} unités"] if one.quantity is not None else []
    told += [f"à payer le {format_date(one.deadline)} au plus tard"] if one.deadline else []
    told += [f"{label} : {value}" for label, value in _answered(asked, one.answers) if value]
    return f"{one.label} ({', '.join(told)})" if told else one.label


def _actions(project: Project) -> list[Table]:
    actions = list(project.actions.all())
    return [
        Table("Actions", ["Action", "Risques traités", "Du", "Au", "Pilote"],
              [[one.title, one.risks, format_date(one.starts_on) if one.starts_on else "",
                format_date(one.ends_on) if one.ends_on else "", one.lead] for one in actions], (), (2, 3)),
        Table("Indicateurs de suivi", ["Action", "Indicateur", "Départ", "Cible"],
              [[one.title, f"{each.label}{f' ({each.unit})' if each.unit else ''}", _number(each.baseline),
                _number(each.target)] for one in actions for each in one.indicators.all()], (2, 3)),
    ]  # fmt: skip


def _pieces(standing: Standing) -> Section:
    named = standing.book.vocabulary.pieces
    rows = [
        [named.get(one.kind, one.kind), one.document.name if one.document else f"non disponible : {one.unavailable}",
         format_date(one.on) if one.on else "", one.document.sha256[:16] if one.document else ""]
        for one in standing.content.pieces
    ]  # fmt: skip
    return Section("Pièces", (), [Table("", ["Pièce", "Fichier", "Date", "SHA-256, début"], rows, (), (2, 3))])


def _findings(standing: Standing) -> Section:
    rows = [
        [OUTCOMES[one.outcome], one.sentence, one.article]
        for one in standing.evaluation.findings
        if one.outcome is not Outcome.NOT_APPLICABLE
    ]
    return Section(
        "Ce que disent les règles de l’appel", (), [Table("", ["Constat", "Phrase", "Article"], rows, (), (0, 2))]
    )
