"""The calls: that of 2023 closed with its dossiers, a fictional one open today, another being prepared."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from avenant.demo.building.people import DOMAIN, SINCE, SOURCE, Cast
from avenant.domain.audiences import OrganisationKind, Role
from avenant.foundations.accounts.models import User
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment, Membership, Organisation
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Piece
from avenant.funding.dossiers.services import handing_in, judging, opening, pieces, writing
from avenant.funding.dossiers.services.pieces import PieceSaid
from avenant.funding.dossiers.services.writing import RowSaid
from avenant.references.reading import read, typeset_content

GUADELOUPE = ZoneInfo("America/Guadeloupe")
VAT = Decimal("1.085")
CENT = Decimal("0.01")
PIECES = ("courrier_demande", "duerp", "avis_personnel", "diagnostic")


def there(moment: datetime) -> datetime:
    """The instant at which a clock of Guadeloupe shows ``moment``."""
    return moment.replace(tzinfo=GUADELOUPE)


def tell_calls(cast: Cast) -> None:
    """Every call and its dossiers, by the services, at their dates."""
    told = read("demo/calls")
    directors = _make_establishments(cast, told)
    published = _call_of_2023(cast, told)
    for entry in sorted(entries(told, "dossier"), key=lambda one: one["handed_in_at"]):
        _live(directors[entry["key"]], cast, published, entry, told)
    calls.close_passed_calls(at=there(told["judged_at"]))
    for entry in entries(told, "dossier"):
        _judge(cast, published, entry, at=there(told["judged_at"]))
    _call_of_today(cast, directors, told)
    _call_being_prepared(cast, told["preparing"])


def _make_establishments(cast: Cast, told: Mapping[str, Any]) -> dict[str, Actor]:
    rows = list(entries(told, "dossier"))
    load_directory(
        DirectoryLine(
            one["name"], finess_et=one["finess"], siret=one.get("siret", ""), territory=one["territory"],
            commune=one["commune"], headcount=one["headcount"],
        )
        for one in rows
    )  # fmt: skip
    directors = {}
    for one in rows:
        director = cast.person("direction-etablissement") if one["key"] == "ch-mornes" else _director(one)
        profile = opening.Profile(
            establishment=Establishment.objects.get(finess_et=one["finess"]), status=one["status"],
            staff="public" if one["status"] == "public" else "private", sectors=("sanitaire",),
            category=one["category"],
        )  # fmt: skip
        with acting_as(director):
            opening.describe_applicant(actor=director, profile=profile)
        directors[one["key"]] = director
    return directors


def _director(one: Mapping[str, Any]) -> Actor:
    organisation = Organisation.objects.create(
        key=one["key"], kind=OrganisationKind.ESTABLISHMENT.value, name=one["name"], short_name=one["short_name"][:60],
        territory_id="R01", fictional=True, source=SOURCE,
    )  # fmt: skip
    person = User.objects.create_user(email=f"direction-{one['key']}@{DOMAIN}", name=f"Direction, {one['short_name']}")
    membership = Membership.objects.create(
        person=person, organisation=organisation, roles=[Role.DIRECTOR.value], starts_on=SINCE
    )
    return Actor.of(membership)


def _partners() -> list[Organisation]:
    return list(Organisation.objects.filter(key__in=["cgss-guadeloupe", "deets-guadeloupe"]))


def _call_of_2023(cast: Cast, told: Mapping[str, Any]) -> PublishedCall:
    text = typeset_content(read("calls/clact_guadeloupe_2023"))
    draft = calls.CallDraft(
        key=text["key"], rulebook="clact_guadeloupe_2023", title=text["title"], year=text["year"],
        mailbox=text["mailbox"], opens_on=date(2023, 10, 2), reference=text["reference"],
        content={**text["content"], "alias": text["alias"]}, fictional=True, sources=text["sources"], taken_over=True,
    )  # fmt: skip
    published = _publish(cast, draft, prepared=there(told["prepared_at"]), at=there(told["published_at"]))
    asked, asker = told["question"], cast.person("direction-etablissement")
    with acting_as(asker):
        question = calls.ask_question(actor=asker, call=published, text=asked["text"], at=there(asked["at"]))
    officer = cast.person("appel-ars")
    with acting_as(officer):
        calls.answer_question(
            actor=officer, question_id=question.pk, answer=asked["answer"], to_all=asked["text"],
            at=there(asked["answered_at"]),
        )  # fmt: skip
    return published


def _publish(cast: Cast, draft: calls.CallDraft, *, prepared: datetime, at: datetime) -> PublishedCall:
    officer, decider = cast.person("appel-ars"), cast.person("decision-ars")
    with acting_as(officer):
        call = calls.prepare_call(actor=officer, draft=draft, partners=_partners(), at=prepared)
    with acting_as(decider):
        calls.validate_call(actor=decider, call_id=call.pk, at=at)
    with acting_as(officer):
        return calls.publish_call(actor=officer, call_id=call.pk, at=at)


def _live(director: Actor, cast: Cast, call: PublishedCall, entry: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """One dossier of 2023, as far as its entry tells."""
    opened, at = there(told["opened_at"]), there(entry["handed_in_at"])
    with acting_as(director):
        dossier = opening.open_dossier(actor=director, call=call, at=opened)
        write(director, dossier, entry, at=opened, whole=entry["state"] != "draft")
        if entry["state"] == "draft":
            return
        handing_in.submit_dossier(actor=director, dossier_id=dossier.pk, at=at)
        if entry["state"] == "withdrawn":
            handing_in.withdraw_dossier(
                actor=director, dossier_id=dossier.pk, reason="Le projet est reporté (démonstration).", at=at
            )


def _judge(cast: Cast, call: PublishedCall, entry: Mapping[str, Any], *, at: datetime) -> None:
    officer = cast.person("appel-ars")
    with acting_as(officer):
        rows = Dossier.objects.visible_to(officer).filter(call=call, owner__key=entry["key"], state="submitted")
        dossier = rows.first()
        if dossier is None:
            return
        if "refused" in entry:
            piece = Piece.objects.get(dossier=dossier, kind=entry["refused_piece"])
            judging.check_piece(actor=officer, piece_id=piece.pk, compliant=False, reason=entry["refused"], at=at)
        judging.judge_completeness(actor=officer, dossier_id=dossier.pk, at=at)


def _call_of_today(cast: Cast, directors: Mapping[str, Actor], told: Mapping[str, Any]) -> None:
    """A fictional window of 2026: a draft, and dossiers handed in that wait for the deadline."""
    said, text = told["next"], typeset_content(read("calls/clact_guadeloupe_2023"))
    steps = [
        {"key": key, "label": label, "starts_on": first, "ends_on": last}
        for key, label, first, last in said["calendar"]
    ]
    draft = calls.CallDraft(
        key=said["key"], rulebook="clact_guadeloupe_2023", title=said["title"], year=said["year"],
        mailbox=f"appels@{DOMAIN}", opens_on=said["opens_on"], reference=said["reference"],
        parameters={
            "submission_deadline": said["closes"], "earliest_start": said["earliest_start"],
            "duerp_minimum": said["duerp_minimum"], "consumption_deadline": said["consumption_deadline"],
        },
        content={"strands": text["content"]["strands"], "calendar": steps, "funding": "Fonds d’intervention régional",
                 "presentation": ["Appel fictif : il montre un dépôt ouvert, avec les règles du cahier des charges de 2023."]},
        fictional=True, sources=["fir"],
    )  # fmt: skip
    at = there(said["published_at"])
    published = _publish(cast, draft, prepared=at, at=at)
    by_key = {one["key"]: one for one in entries(told, "dossier")}
    for key in (said["draft"], *said["submitted"]):
        director, entry, opened = directors[key], by_key[key], there(said["opened_at"])
        with acting_as(director):
            dossier = opening.open_dossier(actor=director, call=published, at=opened)
            write(director, dossier, entry, at=opened, whole=key != said["draft"], year=said["year"])
            if key != said["draft"]:
                handing_in.submit_dossier(actor=director, dossier_id=dossier.pk, at=opened)


def _call_being_prepared(cast: Cast, said: Mapping[str, Any]) -> None:
    """A call whose criteria one of the two partners has already read."""
    officer, at = cast.person("appel-ars"), there(said["prepared_at"])
    draft = calls.CallDraft(
        key=said["key"], rulebook="clact_guadeloupe_2023", title=said["title"], year=said["year"],
        mailbox=f"appels@{DOMAIN}", opens_on=said["opens_on"], concerted=True,
        parameters={"submission_deadline": None, "consumption_deadline": None}, fictional=True,
    )  # fmt: skip
    with acting_as(officer):
        call = calls.prepare_call(actor=officer, draft=draft, partners=_partners(), at=at)
        calls.consult_partner(
            actor=officer, call_id=call.pk, organisation_id=_partners()[0].pk, on=said["consulted_on"], agrees=True,
            comment=said["comment"], at=at,
        )  # fmt: skip


def write(
    director: Actor, dossier: Dossier, entry: Mapping[str, Any], *, at: datetime, whole: bool, year: int = 2023
) -> None:
    """Fill a dossier from its entry; not ``whole``, the plan and the pieces are left out."""
    pk, cost = dossier.pk, Decimal(entry["cost"])
    excluded = Decimal(entry.get("excluded", 0))
    writing.tell_establishment(actor=director, dossier_id=pk, said=_applicant(entry), at=at)
    writing.tell_diagnosis(actor=director, dossier_id=pk, at=at, **_diagnosis(entry, year))
    writing.tell_project(actor=director, dossier_id=pk, position=1, said=_project(entry, year), partners=[], at=at)
    action = _row(
        title=entry["project"], risks="Charge de travail, RPS", lead="Cadre de santé", starts_on=None, ends_on=None
    )
    indicator = _row(
        action=action.pk, label="Taux d’absentéisme", unit="%", baseline=Decimal("11.2"), target=Decimal("9")
    )
    writing.plan_actions(actor=director, dossier_id=pk, position=1, actions=[action], indicators=[indicator], at=at)
    lines = [_expense("Accompagnement par un intervenant", "accompagnement", cost)]
    if excluded:
        lines.append(_expense("Renouvellement du mobilier de bureau", "equipement_courant", excluded))
    writing.list_expenses(actor=director, dossier_id=pk, position=1, expenses=lines, at=at)
    if whole:
        writing.plan_funding(actor=director, dossier_id=pk, position=1, lines=_plan(entry, cost, excluded), at=at)
        for kind in PIECES:
            _join(director, pk, kind, at, year)
        if cost > 150_000:
            kind = "lettre_cofinanceur" if "cofunding" in entry else "lettre_etablissement"
            _join(director, pk, kind, at, year, project=1)


def _row(**values: Any) -> RowSaid:
    return RowSaid(uuid.uuid4(), values)


def _applicant(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "agents": entry["headcount"], "payroll": Decimal(entry["headcount"]) * 48_000,
        "contact": "Direction des ressources humaines", "contact_email": f"rh-{entry['key']}@{DOMAIN}",
        "answers": {
            "approach": "Risques identifiés avec les équipes, plan discuté avec l’instance du personnel.",
            "complementarity": "Aucun crédit d’investissement courant sur le même objet.",
            "earlier_clact": "none",
        },
    }  # fmt: skip


def _diagnosis(entry: Mapping[str, Any], year: int) -> dict[str, Any]:
    start = Decimal(8) + Decimal(entry["headcount"] % 50) / 10
    body = "f3sct" if entry["status"] == "public" else "cse"
    return {
        "figures": {("absenteeism", year - back): start + back for back in (3, 2, 1)},
        "formulas": {"absenteeism": "jours d’absence / jours dus"},
        "dialogue": [
            _row(kind="debate", body=body, on=date(year, 1, 18), participants="direction, élus", result="Diagnostic partagé."),
            _row(kind="negotiation", body=body, on=date(year, 1, 30), participants="direction, élus", result="Accord."),
        ],
    }  # fmt: skip


def _project(entry: Mapping[str, Any], year: int) -> dict[str, Any]:
    return {
        "title": entry["project"], "summary": "Un projet de démonstration : ce qu’il change est fictif.",
        "nature": "qvt", "strands": [entry["strand"]], "topics": [entry["topic"]], "in_scope": True,
        "starts_on": date(year + 1, 2, 1), "ends_on": date(year + 2, 12, 31), "agents": max(5, entry["headcount"] // 2),
        "populations": ["non_medical", "medical"],
    }  # fmt: skip


def _expense(label: str, kind: str, amount: Decimal) -> RowSaid:
    return _row(
        label=label, kind=kind, excl_tax=amount, incl_tax=(amount * VAT).quantize(CENT), vat="not_recovered",
        engagement="prestation", refundable_by="aucune",
    )  # fmt: skip


def _plan(entry: Mapping[str, Any], cost: Decimal, excluded: Decimal) -> list[RowSaid]:
    asked = min(Decimal(300_000), (cost * 40 / 100).quantize(CENT))
    other = Decimal(entry.get("cofunding", 0))
    lines = [
        _row(payer="ARS", nature="requested", amount=asked, granted=False),
        _row(payer="Établissement", nature="own", amount=cost + excluded - asked - other, granted=True),
    ]
    if other:
        lines.append(_row(payer="Mutuelle partenaire (fictive)", nature="private", amount=other, granted=True))
    return lines


def _join(director: Actor, pk: uuid.UUID, kind: str, at: datetime, year: int, project: int | None = None) -> None:
    said = PieceSaid(
        kind=kind, name=f"{kind.replace('_', '-')}.pdf", content=_paper(kind, year), project=project,
        on=date(year, 1, 15), signatory="Direction", signed_on=date(year, 1, 20), body="cse", opinion="favourable",
    )  # fmt: skip
    pieces.join_piece(actor=director, dossier_id=pk, piece=said, at=at)


def _paper(kind: str, year: int) -> bytes:
    """A page that says what it stands for."""
    return b"%PDF-1.4\n% " + f"Démonstration, faits fictifs : {kind}, {year}".encode() + b"\n%%EOF\n"
