"""From the rows of a dossier to the facts that the rules read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import prefetch_related_objects

from avenant.domain.money import ZERO
from avenant.domain.rules import facts as told
from avenant.domain.rules.questions import Place, Question, questions_of, said
from avenant.domain.rules.rulebook import Rulebook
from avenant.funding.dossiers.earlier import counts_earlier_aids, list_earlier_aids
from avenant.funding.dossiers.models import (
    Dialogue,
    Dossier,
    Expense,
    FundingLine,
    HrIndicator,
    Piece,
    Project,
)

FORM, ACTION_PLAN, FUNDING_PLAN = "formulaire", "plan_actions", "plan_financement"
"""The pieces that the online form is: the dossier filled in, its plan of actions, its funding plan."""

RISKS = "duerp"
STAFF_OPINION, DEBATE_MINUTES = "avis_personnel", "compte_rendu_debat"
LINKED = {
    "volet_social_cpom": "Volet social du CPOM",
    RISKS: "Document unique",
    "bilan_social": "Bilan social",
    "rapport_medecine": "Rapport annuel de la médecine du travail",
}
"""The four existing documents with which a CLACT is drawn up (§1), by the piece that holds each."""

OPINIONS = "opinions"
"""The measure that counts the opinions given by the institutions: known once the dossier is examined."""

OWN_FACTS = frozenset({"payroll", "agents", "approach", "complementarity", "earlier_clact"})
"""Measures of the vocabulary that have their own fields in the form."""

NOT_ASKED = OWN_FACTS | {"category_confirmed", OPINIONS}
"""What the form does not ask under « questions of the call »: its own fields, and what the authority says."""

TEACHING = "pedagogique"


def questions_at(book: Rulebook, *places: Place) -> list[Question]:
    """What the rules of a call ask, beyond the common form, at these places."""
    return [one for one in questions_of(book) if one.place in places and one.name not in NOT_ASKED]


class Content:
    """The rows of one dossier, each table read when it is first asked for."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier

    @cached_property
    def projects(self) -> list[Project]:
        """The projects, without what they hold."""
        return list(Project.objects.filter(dossier=self.dossier))

    @cached_property
    def hr(self) -> list[HrIndicator]:
        """The human-resources indicators."""
        return list(HrIndicator.objects.filter(dossier=self.dossier))

    @cached_property
    def dialogue(self) -> list[Dialogue]:
        """The meetings with the staff representatives."""
        return list(Dialogue.objects.filter(dossier=self.dossier))

    @cached_property
    def pieces(self) -> list[Piece]:
        """The pieces, each with what the authority said of it."""
        return list(Piece.objects.filter(dossier=self.dossier).select_related("document", "check_made"))

    def project(self, position: int) -> Project | None:
        """The project of a rank."""
        return next((one for one in self.projects if one.position == position), None)

    @property
    def form_joined(self) -> bool:
        """Was the model filled in and joined as the form, where the call takes it."""
        return self.dossier.call.form_upload and any(one.document_id for one in self.pieces_of(FORM))

    @property
    def category_confirmed(self) -> bool | None:
        """What the authority said of a category that the call does not list; None while it has said nothing."""
        ruling = getattr(self.dossier, "category_ruling", None)
        return None if ruling is None else ruling.confirmed

    def linked(self) -> dict[str, list[Piece]]:
        """The four existing documents, each with the piece that holds it or says why it is not there."""
        known = self.dossier.call.rules.get("vocabulary", {}).get("pieces", {})
        return {code: self.pieces_of(code) for code in LINKED if code in known}

    def pieces_of(self, kind: str) -> list[Piece]:
        """The pieces joined under one name."""
        return [one for one in self.pieces if one.kind == kind]


def content_of(dossier: Dossier) -> Content:
    """The whole of a dossier, its projects with all they hold; the caller has fetched it through what the actor sees."""
    content = Content(dossier)
    prefetch_related_objects(content.projects, "partners", "actions__indicators", "expenses", "plan")
    return content


def facts_of(content: Content, book: Rulebook, *, at: datetime, gaps: bool) -> told.Facts:
    """The facts of a dossier as it stands; ``at`` is its deposit, or now. ``gaps``: a field of the form is missing."""
    dossier, asked = content.dossier, questions_at(book, *Place)
    own = {**dossier.answers, "payroll": dossier.payroll, "agents": dossier.agents}
    held = {name: own[name] for name in OWN_FACTS & book.vocabulary.measures.keys() if own.get(name) is not None}
    applicant = _said(asked, Place.APPLICANT, dossier.answers)
    return told.Facts(
        applicant=told.Applicant(
            status=dossier.status or None,
            sectors=tuple(dossier.sectors) or None,
            category=dossier.category or None,
            territory=dossier.territory_code or None,
            measures={**applicant, "category_confirmed": bool(content.category_confirmed)},
        ),
        submitted_at=dossier.submitted_at or at,
        channel="platform",
        dossiers=1,
        projects=tuple(_project(one, content, asked, book) for one in content.projects) or None,
        pieces=(*_form_pieces(content, book, gaps=gaps), *_pieces(one for one in content.pieces if not one.project_id)),
        earlier_aids=list_earlier_aids([dossier])[dossier.pk] if counts_earlier_aids(book) else (),
        measures={**_said(asked, Place.DOSSIER, dossier.answers), **held},
    )


def _said(asked: Iterable[Question], place: Place, answers: Mapping[str, Any]) -> dict[str, told.Scalar]:
    """The answers to the questions of a place, those that nobody gave left out."""
    found = ((one.name, said(one.typed, answers.get(one.name))) for one in asked if one.place is place)
    return {name: value for name, value in found if value is not None}


def _form_pieces(content: Content, book: Rulebook, *, gaps: bool) -> list[told.Piece]:
    known, projects = book.vocabulary.pieces, content.projects
    held = {
        FORM: not gaps and not content.form_joined,
        ACTION_PLAN: bool(projects) and all(one.actions.all() for one in projects),
        FUNDING_PLAN: bool(projects) and all(one.plan.all() for one in projects),
    }
    days = {ACTION_PLAN: content.dossier.plan_on}
    return [told.Piece(kind=kind, on=days.get(kind)) for kind, there in held.items() if there and kind in known]


def _pieces(rows: Iterable[Piece]) -> tuple[told.Piece, ...]:
    return tuple(
        told.Piece(kind=one.kind, on=one.on or one.signed_on, signed=one.signed)
        for one in rows
        if one.document_id and not is_refused(one)
    )


def is_refused(piece: Piece) -> bool:
    """Did the authority find the piece not compliant."""
    check = getattr(piece, "check_made", None)
    return check is not None and not check.compliant


def _project(project: Project, content: Content, asked: Iterable[Question], book: Rulebook) -> told.Project:
    expenses, plan = list(project.expenses.all()), list(project.plan.all())
    codes = {one.pk: one.code for one in expenses}
    agents = {"agents": project.agents} if project.agents is not None and "agents" in book.vocabulary.measures else {}
    return told.Project(
        code=project.code,
        expenses=tuple(_expense(one, asked) for one in expenses) or None,
        plan=tuple(_aid(one, codes) for one in plan) or None,
        actions=tuple(
            told.Action(code=f"A{one.position}", indicators=len(one.indicators.all()), risks=int(bool(one.risks)))
            for one in project.actions.all()
        )
        or None,
        partners=tuple(
            told.Partner(siret=one.siret, cost_share=one.cost_share)
            for one in project.partners.all()
            if one.left_on is None
        ),
        pieces=_pieces(one for one in content.pieces if one.project_id == project.pk),
        requested=requested_of(plan),
        starts_on=project.starts_on,
        ends_on=project.ends_on,
        strands=tuple(project.strands),
        in_scope=project.in_scope,
        measures={**_said(asked, Place.PROJECT, project.answers), **agents},
    )


def requested_of(plan: Iterable[FundingLine]) -> Decimal | None:
    """What the funding plan asks of this call; None while it asks for nothing."""
    asked = [one.amount for one in plan if one.nature == FundingLine.Nature.REQUESTED and one.amount is not None]
    return sum(asked, ZERO) if asked else None


def _expense(one: Expense, asked: Iterable[Question]) -> told.Expense:
    parts: dict[str, Any] = {TEACHING: one.teaching} if one.teaching is not None else {}
    untaxed = one.excl_tax if one.vat == Expense.Vat.NONE else None
    return told.Expense(
        code=one.code,
        label=one.label,
        kind=one.kind or None,
        excl_tax=one.excl_tax,
        incl_tax=one.incl_tax if one.incl_tax is not None else untaxed,
        parts=parts,
        recurrent=one.recurrent,
        engagement=one.engagement or None,
        refundable_by=one.refundable_by or None,
        funded_elsewhere=one.funded_elsewhere,
        ordered_on=one.ordered_on,
        quantity=one.quantity,
        deadline=one.deadline,
        measures=_said(asked, Place.LINE, one.answers),
    )


def _aid(one: FundingLine, codes: dict[Any, str]) -> told.Aid:
    return told.Aid(
        payer=one.payer,
        nature=one.nature or "own",
        amount=one.amount,
        granted=one.granted,
        line=codes.get(one.expense_id),
    )
