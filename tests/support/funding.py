"""The story of a call and its dossiers, walked by calling the services as each person would."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from avenant.domain.audiences import Role
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment, Organisation
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Project, Submission
from avenant.funding.dossiers.services import handing_in, opening, pieces, writing
from avenant.funding.dossiers.services.opening import Profile
from avenant.funding.dossiers.services.pieces import PieceSaid
from avenant.funding.dossiers.services.writing import RowSaid
from avenant.references.reading import read, typeset_content
from tests.support.cast import actor
from tests.support.roles import as_system

GUADELOUPE = ZoneInfo("America/Guadeloupe")
SEPTEMBER = datetime(2023, 9, 25, 13, tzinfo=UTC)
OCTOBER = datetime(2023, 10, 20, 14, tzinfo=UTC)
LAST = datetime(2023, 11, 6, 23, 59, 59, tzinfo=GUADELOUPE)
TOO_LATE = datetime(2023, 11, 7, tzinfo=GUADELOUPE)
PDF = b"%PDF-1.7 essai"
PIECES = ("courrier_demande", "duerp", "avis_personnel", "diagnostic")


@dataclass
class FundingCast:
    """The authority, its partners, and two establishments of Guadeloupe that exist nowhere."""

    officer: Actor
    decider: Actor
    examiner: Actor
    fund: Actor
    labour: Actor
    director: Actor
    lead: Actor
    staff: Actor
    other_director: Actor


def make_cast() -> FundingCast:
    with as_system():
        load_directory(
            [
                DirectoryLine("Centre hospitalier des Mornes (fictif)", finess_et="99B000001", territory="971",
                              commune="Les Abymes", headcount=640, regime="fph"),
                DirectoryLine("Clinique de la Ravine (fictive)", finess_et="99B000002", territory="978",
                              commune="Saint-Martin", headcount=120, regime="general"),
            ]
        )  # fmt: skip
        ars, fund, labour = (
            Organisation.objects.get(key=key) for key in ("ars-guadeloupe", "cgss-guadeloupe", "deets-guadeloupe")
        )
        first, second = (
            Organisation.objects.create(
                key=key, kind="establishment", name=name, short_name=name, territory_id="R01", fictional=True
            )
            for key, name in (("ch-mornes", "CH des Mornes (fictif)"), ("cl-ravine", "Clinique de la Ravine (fictive)"))
        )
        return FundingCast(
            officer=actor(ars, "Chargée d’appel", Role.ARS_CALL_OFFICER),
            decider=actor(ars, "Directrice", Role.ARS_DECISION_MAKER),
            examiner=actor(ars, "Instructeur", Role.ARS_EXAMINER),
            fund=actor(fund, "Ingénieure", Role.FUND_CORRESPONDENT),
            labour=actor(labour, "Pôle Travail", Role.LABOUR_LEAD),
            director=actor(first, "Directrice d’établissement", Role.DIRECTOR),
            lead=actor(first, "Chef de projet", Role.PROJECT_LEAD),
            staff=actor(first, "Représentante du personnel", Role.STAFF_REPRESENTATIVE),
            other_director=actor(second, "Directeur de clinique", Role.DIRECTOR),
        )


def partners() -> list[Organisation]:
    return list(Organisation.objects.filter(key__in=["cgss-guadeloupe", "deets-guadeloupe"]))


def draft_of_2023(**changes: Any) -> calls.CallDraft:
    """The text of the call of 2023, as its reference file tells it."""
    told = typeset_content(read("calls/clact_guadeloupe_2023"))
    said: dict[str, Any] = {
        "key": told["key"], "rulebook": "clact_guadeloupe_2023", "title": told["title"], "year": told["year"],
        "mailbox": told["mailbox"], "opens_on": date(2023, 10, 2), "reference": told["reference"],
        "content": {**told["content"], "alias": told["alias"]}, "fictional": True, "sources": told["sources"],
        "taken_over": True,
    }  # fmt: skip
    return calls.CallDraft(**{**said, **changes})


def publish(cast: FundingCast, **changes: Any) -> PublishedCall:
    """A call without concertation: prepared, validated, published."""
    with acting_as(cast.officer):
        call = calls.prepare_call(actor=cast.officer, draft=draft_of_2023(**changes), partners=partners(), at=SEPTEMBER)
    with acting_as(cast.decider):
        calls.validate_call(actor=cast.decider, call_id=call.pk, at=SEPTEMBER)
    with acting_as(cast.officer):
        return calls.publish_call(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)


def open_for(director: Actor, call: PublishedCall, finess: str = "99B000001", **changes: Any) -> Dossier:
    """The dossier of an establishment, its profile told first."""
    said: dict[str, Any] = {
        "establishment": Establishment.objects.get(finess_et=finess), "status": "public", "staff": "public",
        "sectors": ("sanitaire",), "category": "hopital",
    }  # fmt: skip
    with acting_as(director):
        opening.describe_applicant(actor=director, profile=Profile(**{**said, **changes}))
        return opening.open_dossier(actor=director, call=call, at=OCTOBER)


def row(**values: Any) -> RowSaid:
    return RowSaid(uuid.uuid4(), values)


def expense(label: str, amount: str, kind: str = "accompagnement", **more: Any) -> RowSaid:
    """One expense line, its VAT of Guadeloupe (8.5 %) counted."""
    excl = Decimal(amount)
    return row(
        label=label, kind=kind, excl_tax=excl, incl_tax=(excl * Decimal("1.085")).quantize(Decimal("0.01")),
        vat="not_recovered", engagement="prestation", refundable_by="aucune", **more,
    )  # fmt: skip


def fill(
    director: Actor, dossier: Dossier, *, cost: str = "100000.00", asked: str = "40000.00",
    joined: Sequence[str] = PIECES, kind: str = "accompagnement",
) -> None:  # fmt: skip
    """Everything that the call asks for: a dossier that may be handed in."""
    at, pk = OCTOBER, dossier.pk
    said = {
        "agents": 640, "payroll": Decimal("31000000"), "contact": "Direction des ressources humaines",
        "contact_email": "rh@example.org",
        "answers": {"approach": "Une démarche menée avec le CSE.", "complementarity": "80 000 € en 2021, lits.",
                    "earlier_clact": "none"},
    }  # fmt: skip
    with acting_as(director):
        writing.tell_establishment(actor=director, dossier_id=pk, said=said, at=at)
        writing.tell_diagnosis(
            actor=director, dossier_id=pk, at=at,
            figures={("absenteeism", 2022): Decimal("11.2")}, formulas={"absenteeism": "jours d’absence / jours dus"},
            dialogue=[
                row(kind="debate", body="f3sct", on=date(2023, 6, 12), participants="direction, élus", result=""),
                row(kind="negotiation", body="cse", on=date(2023, 9, 4), participants="direction, élus", result=""),
            ],
        )  # fmt: skip
        writing.tell_project(
            actor=director, dossier_id=pk, position=1, at=at, partners=[],
            said={
                "title": "Équipes en forme", "summary": "Moins de port de charges.", "nature": "qvt", "strands": ["1"],
                "topics": [], "in_scope": True, "starts_on": date(2024, 1, 15), "ends_on": date(2025, 12, 31),
                "agents": 200, "populations": ["medical"],
            },
        )  # fmt: skip
        action = row(title="Revoir les cycles", risks="TMS", starts_on=None, ends_on=None, lead="cadre de santé")
        writing.plan_actions(
            actor=director, dossier_id=pk, position=1, at=at, actions=[action],
            indicators=[row(action=action.pk, label="Taux d’absentéisme", unit="%", baseline=Decimal("11.2"),
                            target=Decimal("9"))],
        )  # fmt: skip
        writing.list_expenses(
            actor=director, dossier_id=pk, position=1, at=at,
            expenses=[expense("Accompagnement des équipes", cost, kind=kind)],
        )  # fmt: skip
        own = Decimal(cost) - Decimal(asked)
        writing.plan_funding(
            actor=director, dossier_id=pk, position=1, at=at,
            lines=[
                row(payer="ARS", nature="requested", amount=Decimal(asked), granted=False),
                row(payer="Établissement", nature="own", amount=own, granted=True),
            ],
        )  # fmt: skip
        for piece in joined:
            join(director, dossier, piece)


def join(director: Actor, dossier: Dossier, kind: str, **more: Any) -> None:
    said: dict[str, Any] = {
        "kind": kind, "name": f"{kind}.pdf", "content": PDF + kind.encode(), "on": date(2022, 6, 1),
        "signatory": "Directrice", "signed_on": date(2023, 10, 15),
    }  # fmt: skip
    if kind == "avis_personnel":
        said |= {"body": "cse", "on": date(2023, 9, 28), "opinion": "favourable"}
    with acting_as(director):
        pieces.join_piece(actor=director, dossier_id=dossier.pk, piece=PieceSaid(**{**said, **more}), at=OCTOBER)


def hand_in(director: Actor, dossier: Dossier, *, at: datetime = OCTOBER) -> Submission:
    with acting_as(director):
        return handing_in.submit_dossier(actor=director, dossier_id=dossier.pk, at=at)


def first_project(dossier: Dossier) -> Project:
    return Project.objects.get(dossier=dossier, position=1)
