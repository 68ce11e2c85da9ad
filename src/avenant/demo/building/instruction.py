"""The instruction: that of the call of 2023 whole, a winter call whose opinions and supplements are under way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from avenant.demo.building.changed_aids import change_aids
from avenant.demo.building.funding import there, write
from avenant.demo.building.people import AFTER_THE_OTHERS, DOMAIN, Cast
from avenant.demo.models import Visitor
from avenant.domain.funding.grid import Value
from avenant.domain.funding.opinions import POINTS, Answer, Collegial, PointAnswer
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment, Membership, Organisation
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Expense
from avenant.funding.dossiers.services import handing_in, judging, opening, writing
from avenant.funding.grants.models import Scheme
from avenant.funding.grants.services import taking_over
from avenant.funding.grants.services.catalogue import take_up_catalogue
from avenant.funding.grants.services.taking_over import PastGrant, PastLine
from avenant.funding.reviews.models import Instruction
from avenant.funding.reviews.selectors.checks import list_matches
from avenant.funding.reviews.selectors.instructions import get_instruction
from avenant.funding.reviews.selectors.unlined import list_unlined
from avenant.funding.reviews.services import aids, checking, marking, opinions, supplements
from avenant.funding.reviews.services import opening as instruction
from avenant.references.reading import read, typeset_content

GIVERS = ("instruction-ars", "caisse-guadeloupe", "travail-guadeloupe")


def instruct(cast: Cast) -> None:
    """Examine every complete dossier of 2023, then open a winter call whose instruction is under way."""
    told = typeset_content(read("demo/instruction"))
    _declare(cast, told)
    rows = Dossier.objects.filter(call__key="clact-guadeloupe-2023", state="complete").order_by("number")
    for rank, dossier in enumerate(list(rows)):
        _examine(cast, dossier, told, rank)
    _winter(cast, told["winter"])


def _declare(cast: Cast, told: Mapping[str, Any]) -> None:
    """The catalogue, and an aid of the fund to a fictional establishment."""
    fund, at, said = cast.person("caisse-guadeloupe"), there(told["schemes_at"]), told["aid"]
    with acting_as(fund):
        take_up_catalogue(actor=fund, at=at)
        aid = aids.AidSaid(
            scheme_id=Scheme.objects.get(code=said["scheme"]).pk, label=said["label"], amount=Decimal(said["amount"]),
            establishment=Establishment.objects.get(finess_et=said["establishment"]), cost=Decimal(said["amount"]),
            on=said["on"],
        )  # fmt: skip
        aids.declare_aid(actor=fund, said=aid, at=at)
        for one in entries(told["past"], "aid"):
            taking_over.take_over(actor=fund, past=_past(one), mark=told["past"]["file"], at=at)


def _past(one: Mapping[str, Any]) -> PastGrant:
    place, amount, expense = (
        Establishment.objects.get(finess_et=one["establishment"]),
        Decimal(one["amount"]),
        one.get("expense"),
    )
    lines = (PastLine(**{**expense, "cost": Decimal(expense["cost"])}),) if expense else ()
    return PastGrant(
        number=one["number"], name=place.name, siret=place.siret, establishment=place, title=one["title"],
        nature=one["nature"], source="FNPAT", sector="", amount=amount, paid=amount, consumed=amount,
        decided_on=one["decided_on"], signed_on=None, paid_on=one["decided_on"], consume_until=one["consume_until"],
        shared=True, expenses=lines,
    )  # fmt: skip


def _open(cast: Cast, dossier: Dossier, at: datetime) -> None:
    officer = cast.person("appel-ars")
    with acting_as(officer):
        instruction.open_instruction(actor=officer, dossier_id=dossier.pk, at=at)


def _assign(cast: Cast, dossier: Dossier, at: datetime) -> None:
    officer = cast.person("appel-ars")
    with acting_as(officer):
        examiner = cast.person("instruction-ars").person_id
        instruction.assign_examiner(actor=officer, dossier_id=dossier.pk, person_id=examiner, at=at)


def _give(cast: Cast, key: str, dossier: Dossier, *, at: datetime, reserve: str = "") -> None:
    giver = cast.person(key)
    answers = {code: PointAnswer(Answer.FAVOURABLE) for code in POINTS}
    answers["assessments"] = PointAnswer(Answer.UNKNOWN)
    if reserve:
        answers["equipment"] = PointAnswer(Answer.RESERVED, reserve)
    with acting_as(giver):
        opinions.give_opinion(actor=giver, dossier_id=dossier.pk, said=answers, comment="", at=at)


def _examine(cast: Cast, dossier: Dossier, told: Mapping[str, Any], rank: int) -> None:
    """One dossier of 2023 from its opening to its conclusion; what differs follows its rank, nobody's choice."""
    examiner, officer, at = cast.person("instruction-ars"), cast.person("appel-ars"), there(told["examined_at"])
    _open(cast, dossier, there(told["opened_at"]))
    _assign(cast, dossier, there(told["opened_at"]))
    for turn, key in enumerate(GIVERS):
        reserve = told["reserve"] if rank % 4 == turn else ""
        _give(cast, key, dossier, at=there(told["opinions_at"]), reserve=reserve)
    row = Instruction.objects.get(dossier=dossier)
    opinions.open_opinions_for_system(instruction_id=row.pk)
    with acting_as(examiner):
        marking.mark_criteria(actor=examiner, dossier_id=dossier.pk, said=_marks(told, rank), at=at)
        _settle(examiner, dossier, told, at)
        instruction.conclude_instruction(actor=examiner, dossier_id=dossier.pk, conclusion=told["conclusion"], at=at)
    present = {cast.person(key).organisation_id: "Représentation (démonstration)" for key in GIVERS}
    with acting_as(officer):
        opinions.record_collegial(
            actor=officer, dossier_id=dossier.pk, held_on=told["committee_on"], present=present, at=at,
            value=Collegial.RESERVED if rank % 4 == 0 else Collegial.FAVOURABLE,
            comment=told["reserve"] if rank % 4 == 0 else "",
        )  # fmt: skip


def _marks(told: Mapping[str, Any], rank: int) -> dict[str, tuple[Value, str]]:
    def less(every: int) -> tuple[Value, str]:
        return (Value.PARTLY, told["partly"]) if rank % every == 0 else (Value.MET, "")

    yes, no = (Value.MET, ""), (Value.NOT_MET, "")
    return {
        "earlier_clact": (Value.NEUTRAL, ""), "orientations": less(5), "coherence": less(4), "proportionality": less(9),
        "innovative": yes if rank % 3 == 0 else no, "shared": yes if rank % 7 == 0 else no,
    }  # fmt: skip


def _settle(examiner: Actor, dossier: Dossier, told: Mapping[str, Any], at: datetime) -> None:
    row = get_instruction(examiner, dossier.pk)
    said: dict[str, Any] = {"actor": examiner, "dossier_id": dossier.pk, "at": at}
    for match in list_matches(examiner, row):
        checking.settle_double(line=match.line, other=match.other, same=True, reason=told["aid"]["reason"], **said)
    for aid in list_unlined(examiner, row):
        checking.settle_unlined(line=None, other=aid.other, reason=told["past"]["reason"], **said)


def _winter(cast: Cast, said: Mapping[str, Any]) -> None:
    """Three dossiers: one waits for the last opinion and for its establishment's answer, one for its examiner, one came
    upstream."""
    published = _publish(cast, said)
    by_key = {one["key"]: one for one in entries(read("demo/calls"), "dossier")}
    rows = {key: _hand_in(cast, published, by_key[key], said) for key in said["dossiers"]}
    for key, story in said["directors"]:
        Visitor.objects.create(person_id=_director(cast, key).person_id, position=AFTER_THE_OTHERS, story=story)
    calls.close_passed_calls(at=there(said["judged_at"]))
    officer, at = cast.person("appel-ars"), there(said["instructed_at"])
    for dossier in rows.values():
        with acting_as(officer):
            judging.judge_completeness(actor=officer, dossier_id=dossier.pk, at=there(said["judged_at"]))
        _open(cast, dossier, at)
    first, second, third = rows.values()
    for dossier in (first, third):
        _assign(cast, dossier, at)
    for key in GIVERS[:2]:
        _give(cast, key, first, at=there(said["opinions_at"]))
    _give(cast, GIVERS[2], second, at=there(said["opinions_at"]))
    _ask(cast, first, said)
    change_aids(cast, rows)


def _publish(cast: Cast, said: Mapping[str, Any]) -> PublishedCall:
    text = typeset_content(read("calls/clact_guadeloupe_2023"))
    steps = [
        {"key": key, "label": label, "starts_on": start, "ends_on": end} for key, label, start, end in said["calendar"]
    ]
    draft = calls.CallDraft(
        key=said["key"], rulebook="clact_guadeloupe_2023", title=said["title"], year=said["year"],
        mailbox=f"appels@{DOMAIN}", opens_on=said["opens_on"], reference=said["reference"],
        parameters={
            "submission_deadline": said["closes"], "earliest_start": said["earliest_start"],
            "duerp_minimum": said["duerp_minimum"], "consumption_deadline": said["consumption_deadline"],
        },
        content={"strands": text["content"]["strands"], "calendar": steps, "funding": "Fonds d’intervention régional",
                 "presentation": ["Appel fictif\u202f: il montre une instruction en cours, avec les règles de 2023."]},
        fictional=True,
    )  # fmt: skip
    officer, decider, at = cast.person("appel-ars"), cast.person("decision-ars"), there(said["published_at"])
    partners = list(Organisation.objects.filter(territory_id="R01", kind__in=["fund", "labour"]))
    with acting_as(officer):
        call = calls.prepare_call(actor=officer, draft=draft, partners=partners, at=at)
    with acting_as(decider):
        calls.validate_call(actor=decider, call_id=call.pk, at=at)
    with acting_as(officer):
        return calls.publish_call(actor=officer, call_id=call.pk, at=at)


def _hand_in(cast: Cast, call: PublishedCall, entry: Mapping[str, Any], said: Mapping[str, Any]) -> Dossier:
    director, at = _director(cast, entry["key"]), there(said["opened_at"])
    with acting_as(director):
        dossier = opening.open_dossier(actor=director, call=call, at=at)
        write(director, dossier, entry, at=at, whole=True, year=said["year"])
        if entry["key"] == said["upstream"]:
            told = {"upstream_with": said["upstream_with"], "upstream_since": said["upstream_since"]}
            writing.tell_establishment(actor=director, dossier_id=dossier.pk, said=told, at=at)
        handing_in.submit_dossier(actor=director, dossier_id=dossier.pk, at=at)
    return dossier


def _director(cast: Cast, key: str) -> Actor:
    if key == "ch-mornes":
        return cast.person("direction-etablissement")
    rows = Membership.objects.select_related("person", "organisation", "unit")
    return Actor.of(rows.get(organisation__key=key))


def _ask(cast: Cast, dossier: Dossier, said: Mapping[str, Any]) -> None:
    examiner = cast.person("instruction-ars")
    with acting_as(examiner):
        line = Expense.objects.filter(project__dossier=dossier).order_by("position")[0]
        supplements.ask_supplement(
            actor=examiner, dossier_id=dossier.pk, message=said["message"], targets={f"expense.{line.pk}.excl_tax": ""},
            questions=[said["question"]], last_day=said["asked_until"], at=there(said["asked_at"]),
        )  # fmt: skip
