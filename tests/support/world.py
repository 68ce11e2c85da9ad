"""One world that holds a row of every kind, for the guarantees that sweep all of them."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from avenant.contracts.actions import models as work_models
from avenant.contracts.actions import services as work
from avenant.contracts.amendments.models import (
    AmendedAnnex,
    AmendedIndicator,
    AmendedTarget,
    Amendment,
    AmendmentChange,
    AmicableStep,
    CourtRuling,
    Denunciation,
    Difficulty,
    PartyChange,
    RegisteredLetter,
)
from avenant.contracts.catalogue.local import LocalIndicator
from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.commitments import services as commitments
from avenant.contracts.drafting.models import (
    Annex,
    Clause,
    ConsistencyCheck,
    Contract,
    ContractParty,
    FrozenText,
    Injunction,
    PromisedIndicator,
    Signature,
)
from avenant.contracts.drafting.models import Consultation as ContractConsultation
from avenant.contracts.drafting.selectors import legal_text
from avenant.contracts.drafting.services import (
    ContractDraft,
    PartyDraft,
    collection,
    declare_contribution,
    prepare_contract,
    promises,
)
from avenant.contracts.drafting.services.contributing import Means
from avenant.domain.audiences import Role
from avenant.domain.contracts.keeping import Status
from avenant.domain.funding.opinions import Collegial
from avenant.domain.indicators import Answer, Kind, Provider, position
from avenant.domain.neutral_count import POINT, SMALLEST, Side, Stage, write_message
from avenant.domain.neutral_count import Message as BlindMessage
from avenant.domain.registers import ActionKind
from avenant.foundations import clock
from avenant.foundations.accounts import tokens
from avenant.foundations.accounts.models import Delegation, Invitation, Proposal, SecurityEntry, User
from avenant.foundations.accounts.services import log_access
from avenant.foundations.accounts.services.invitations import sign
from avenant.foundations.contacts import services as contacts
from avenant.foundations.contacts.models import DirectExchange, ExchangeContent
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.services import keep
from avenant.foundations.imports import services as imports
from avenant.foundations.journal import calendar
from avenant.foundations.journal.sealing import seal_journal
from avenant.foundations.meetings import selectors as committees
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import Attendance, Committee, Session
from avenant.foundations.meetings.services.minutes import DecisionDraft
from avenant.foundations.meetings.services.sessions import Presence
from avenant.foundations.messages.models import Notice, Preference
from avenant.foundations.messages.services import choose_rhythm
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment, Organisation
from avenant.foundations.parties.services import own_circle
from avenant.foundations.secrecy import selectors as secrecy
from avenant.foundations.secrecy.models import Elimination
from avenant.foundations.secrecy.services import audits, levels, notice
from avenant.funding.allocation.models import (
    Award,
    Examined,
    ListingRequest,
    RateRevision,
    Scenario,
    Share,
    TableSent,
    Told,
)
from avenant.funding.allocation.services import envelopes
from avenant.funding.allocation.services import sessions as selections
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Certification, Dossier, Piece, Project, ProjectPartner
from avenant.funding.dossiers.selectors import DossierSearch
from avenant.funding.dossiers.services import contracting, exporting, judging, trying, writing
from avenant.funding.grants.models import (
    Agreement,
    AgreementSignature,
    Grant,
    GrantedAction,
    Grantor,
    Instalment,
    InstalmentDocument,
    LoanDecision,
    LoanReceipt,
    PastExpense,
    Practice,
    Repayment,
    Reserve,
    ScanBatch,
    Scheme,
    Socle,
)
from avenant.funding.grants.services.catalogue import take_up_catalogue
from avenant.funding.reports.models import ReimbursedExpense, Reimbursement, ReportedExpense
from avenant.funding.reviews.models import Examination, Thread
from avenant.funding.reviews.selectors.checks import list_matches
from avenant.funding.reviews.selectors.instructions import get_instruction
from avenant.funding.reviews.services import aids, checking, exchanges, marking, opinions, supplements
from avenant.funding.reviews.services import opening as instructing
from avenant.funding.reviews.urls import urlpatterns as reviews_urls
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.campaigns.services import prepare_campaign
from avenant.indicators.consolidation import services as consolidation
from avenant.indicators.consolidation.models import BenchmarkLine, Export, Publication, Review, ReviewItem, StoredChart
from avenant.indicators.consolidation.records import position_content
from avenant.indicators.declarations.models import Assignment, Evidence, Part, Question, Submission
from avenant.indicators.declarations.services import control, entry, evidence, opening, sharing
from avenant.indicators.profiles import services as profiles
from avenant.indicators.profiles.services.thresholds import Asked
from avenant.indicators.registers import services as registers
from avenant.indicators.registers.models import EstablishmentList, ObjectiveNote, RegisteredAction
from avenant.indicators.registers.reading import ActionLine, ListLine
from avenant.indicators.registers.services import blind, strand_one, structures
from avenant.site.services import save_view
from tests.support.cast import Cast, actor
from tests.support.counted import counted
from tests.support.delegating import entrusted, national_body, national_envelope
from tests.support.establishments import make_siret, make_sirets
from tests.support.followed import follow_an_aid
from tests.support.funding import (
    OCTOBER,
    SEPTEMBER,
    TOO_LATE,
    FundingCast,
    draft_of_2023,
    fill,
    hand_in,
    make_cast,
    open_for,
    publish,
    row,
)
from tests.support.funding import partners as call_partners
from tests.support.granting import grant_it
from tests.support.reviews import NOVEMBER, complete_dossier, give, instruct, points
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, JANUARY, Story

CAST = (
    "service",
    "contributor",
    "reader",
    "social_service",
    "fund",
    "labour",
    "other_service",
    "outsider",
    "partner",
    "officer",
    "director",
)
LATER = FEBRUARY + timedelta(days=1)


@dataclass
class World:
    """The story of a contract, with another contract beside it in which another service is the party."""

    cast: Cast
    story: Story
    partner: Actor
    """A social partner of the region: it reads the published notes, and no file."""
    other: Contract
    funding: FundingCast
    """The people of a call: its authority, its partners, two establishments."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """A value for each argument of an address, by its name."""
    around: dict[str, Actor] = field(default_factory=dict)
    """Who works beside the files: administrators, those who read for a time or from afar."""
    newcomer: uuid.UUID | None = None
    """A person whom no organisation has admitted."""

    def actor(self, name: str) -> Actor:
        known = vars(self.funding) | vars(self.cast) | self.around
        known |= {"partner": self.partner, "funder": self.funding.fund, "funding_labour": self.funding.labour}
        actor: Actor = known[name]
        return actor

    def person(self, name: str) -> uuid.UUID | None:
        """Who signs in; None for nobody."""
        if name == "anonymous":
            return None
        return self.newcomer if name == "newcomer" else self.actor(name).person_id


def build(cast: Cast) -> World:
    """The service's part was handed in, remarked on, and sent back with a question; the review is being written."""
    made = World(cast, Story(cast), _partner(), _other_contract(cast), make_cast())
    local = _agree_on_what_is_measured(made)
    with acting_as(cast.service):
        brought = declare_contribution(
            actor=cast.service,
            contract_id=made.story.contract.pk,
            means=Means("human", "IPRP", Decimal(10), "jours", 2026, "fiche-1-1"),
            at=JANUARY,
        )
    campaign = made.story.campaign()
    with acting_as(cast.labour):
        prepare_campaign(
            actor=cast.labour, at=JANUARY, year=2026, opens_on=date(2027, 1, 15), committee_on=date(2027, 4, 9)
        )
    _keep_registers(made)
    part = _collect(made)
    review, item = _write_review(made)
    _tell_the_region(made, campaign)
    made.arguments |= _meet(made)
    _keep_commitments(made)
    _count_at_home(made, part)
    _open_small_things(made)
    _appoint(made)
    _act(made)
    _work(made)
    _import(made)
    _keep_a_view(made)
    _keep_secrets(made)
    made.arguments |= {
        "contract_id": made.story.contract.pk,
        "campaign_id": campaign.pk,
        "declaration_id": part.declaration_id,
        "part_id": part.pk,
        "definition_id": _national(made).definition_id,
        "promise_id": local.pk,
        "contribution_id": brought.pk,
        "code": local.definition.code,
        "review_id": review.pk,
        "item_id": item.pk,
        "year": 2025,
        "strand": "volet-1",
        "verb": "clore",
        "registers:list-act verb": "rapprocher",
        "declarations:save-free code": "satdl-fact",
        "consolidation:objective clause_key": "objectif-1-1-1",
        "consolidation:tag-levels clause_key": "objectif-1-1-1",
        "owner_id": cast.service.organisation_id,
        "colleague_id": cast.contributor.person_id,
        "form": "csv",
        "clause_key": "fiche-1-1",
        "kind": "csv",
    }
    made.arguments |= _found(made) | _hand_in_a_dossier(made.funding)
    made.arguments |= _allocate(made.funding, made.arguments["dossier_id"])
    made.arguments |= _instruct_a_dossier(made.funding)
    made.arguments |= follow_an_aid(made.funding, PublishedCall.objects.get(key=made.arguments["key"]))
    with as_system():
        followed = Grant.objects.get(pk=made.arguments["grant_id"])
    made.arguments |= _keep_beside_an_aid(made.funding, followed)
    _begin_only(made.funding, followed)
    _work_around(made)
    return made


def _work_around(made: World) -> None:
    """An administrator of the service and one of the platform, a body that audits the contract today, a national one."""
    today = clock.now().date()
    with as_system():
        bodies = [
            Organisation.objects.create(
                key=key, kind="national", name=name, short_name=name, territory_id="R93", fictional=True
            )
            for key, name in (
                ("inspection", "Inspection (fictif)"),
                ("direction-nationale", "Direction nationale (fictif)"),
            )
        ]
        made.around = {
            "administrator": actor(made.cast.organisation("satdl"), "Administratrice", Role.ADMINISTRATOR),
            "auditor": actor(bodies[0], "Inspecteur", Role.READER),
            "national": actor(bodies[1], "Observatrice", Role.READER),
            "platform": actor(bodies[1], "Administrateur de la plateforme", Role.PLATFORM_ADMINISTRATOR),
        }
        newcomer = User(email="nouvelle@example.org", name="Nouvelle venue")
        newcomer.set_unusable_password()
        newcomer.save()
        made.newcomer = newcomer.pk
    with acting_as(made.cast.service):
        audits.open_audit(
            actor=made.cast.service, circle_id=made.story.contract.circle_id, at=clock.now(), today=today,
            audit=audits.Audit(bodies[0].pk, "Contrôle en cours", today, today + timedelta(days=30)),
        )  # fmt: skip


def _begin_only(cast: FundingCast, followed: Grant) -> None:
    """What has only begun: an aid awarded and no more, an instruction opened and given to nobody."""
    with acting_as(cast.officer):
        grant_it(cast, Dossier.objects.get(call__key="appel-instruit"))
        instructing.open_instruction(actor=cast.officer, dossier_id=followed.dossier_id, at=NOVEMBER)


def _partner() -> Actor:
    with as_system():
        council = Organisation.objects.create(
            key="crpst",
            kind="social_partners",
            name="Partenaires sociaux (fictif)",
            short_name="Partenaires sociaux",
            territory_id="R93",
            fictional=True,
        )
        return actor(council, "Partenaire social", Role.SOCIAL_PARTNER)


def _other_contract(cast: Cast) -> Contract:
    """A contract in preparation, of which the parties have still to confirm the indicators."""
    roles = {
        "val-issole": ContractParty.Role.SERVICE,
        "dreets-paca": ContractParty.Role.LABOUR,
        "carsat-sud-est": ContractParty.Role.FUND,
    }
    draft = ContractDraft(
        key="cpom-val-issole",
        kind=Contract.Kind.CPOM_SERVICE,
        title="CPOM du Val d’Issole",
        territory_id="R93",
        starts_on=date(2025, 1, 1),
        ends_on=date(2029, 12, 31),
        parties=tuple(PartyDraft(cast.organisation(key), role) for key, role in roles.items()),
        proposed=tuple(DefinitionRecord.objects.filter(set="pdp")),
        fictional=True,
    )
    with acting_as(cast.labour):
        contract = prepare_contract(actor=cast.labour, at=JANUARY, draft=draft)
        promises.confirm_indicators(actor=cast.labour, contract_id=contract.pk, promise_ids=None, at=JANUARY)
    return contract


def _agree_on_what_is_measured(world: World) -> PromisedIndicator:
    """An indicator of the parties' own, how a national one is collected, and the mode that two parties share."""
    cast, contract = world.cast, world.story.contract
    with acting_as(cast.labour):
        collection.publish_collection_method(
            actor=cast.labour,
            code=_national(world).definition.code,
            contract_ids=[contract.pk],
            text="Compter les personnes une fois.",
            applies_from=date(2025, 1, 1),
            at=JANUARY,
        )
        local = promises.enter_indicator(
            contract,
            LocalIndicator("L1", "Réunions tenues avec les branches", "volet-2", Kind.INTEGER),
            promises.Span(2025, 2029),
            {},
        )
    with acting_as(cast.fund):
        collection.propose_operating_mode(
            actor=cast.fund,
            contract_id=contract.pk,
            text="Le service liste, la caisse rapproche.",
            tasks="",
            committee_on=date(2026, 4, 10),
            at=JANUARY,
        )
    return local


def _keep_registers(world: World) -> None:
    """One list shared and matched with the fund's, one that its service keeps, one line of its register."""
    service, fund, contract = world.cast.service, world.cast.fund, world.story.contract
    lines = [ListLine(siret) for siret in make_sirets(6)]
    said: dict[str, Any] = {"year": 2025, "as_of": date(2025, 12, 31), "lines": lines, "at": LATER}
    with acting_as(fund):
        registers.import_list(actor=fund, circle_id=None, kind="cog", strand="", **said)
    with acting_as(service):
        shared, _ = (
            registers.import_list(actor=service, circle_id=contract.circle_id, kind=kind, strand="volet-2", **said)
            for kind in ("trained", "supported")
        )
        registers.ask_match(actor=service, list_id=shared.pk, at=LATER)
        registers.share_list(actor=service, list_id=shared.pk, at=LATER)
        kind = next(one for one in ActionKind if one.names_enterprise and not one.needs_headcount)
        registers.register_actions(
            actor=service, lines=[ActionLine(kind, date(2025, 3, 12), siret=make_siret(1), count=1)], at=LATER
        )
    with as_system():
        registers.answer_matches(at=LATER)
    _follow_structure(world)
    _count_blindly(world)
    _tell_of_strand_one(world)


def _count_blindly(world: World) -> None:
    """A neutral count where both sides have promised and blinded their list, and the service has answered."""
    service, fund, contract = world.cast.service, world.cast.fund, world.story.contract
    with acting_as(service):
        count = blind.ask_blind_count(
            actor=service, circle_id=contract.circle_id, kind="targeted", strand="volet-3", year=2025, at=LATER
        )
    for stage in Stage:
        for actor_, side in ((service, Side.SERVICE), (fund, Side.FUND)):
            if (stage, side) != (Stage.DOUBLED, Side.FUND):
                with acting_as(actor_):
                    content = blind_message(str(count.pk), stage, side)
                    blind.bring_message(actor=actor_, count_id=count.pk, content=content, at=LATER)
    world.arguments["count_id"] = count.pk


def blind_message(question: str, stage: Stage, by: Side, *, common: int = 100) -> bytes:
    """A message of the right form, 500 points a side of which ``common`` are shared; no curve is computed."""
    of = by.other if stage is Stage.DOUBLED else by
    start = 0 if of is Side.SERVICE else SMALLEST - common
    points = tuple(b"\x02" + number.to_bytes(POINT - 1, "big") for number in range(start, start + SMALLEST))
    promise = hashlib.sha256(of.value.encode()).hexdigest()
    return write_message(
        BlindMessage(question, stage, by, SMALLEST, promise, () if stage is Stage.COMMITTED else points)
    )


def _tell_of_strand_one(world: World) -> None:
    """An objective followed and the cell described."""
    service, contract = world.cast.service, world.story.contract
    with acting_as(service):
        draft = strand_one.CellDraft(created_on=date(2024, 1, 8), functions=["médecin du travail"])
        strand_one.describe_cell(actor=service, contract_id=contract.pk, draft=draft, at=LATER)
    with as_system():
        ObjectiveNote.objects.create(
            circle_id=contract.circle_id, owner_id=service.organisation_id, clause_key="objectif-1-1-1", year=2025,
            at=LATER,
        )  # fmt: skip


def _follow_structure(world: World) -> None:
    """A structure of the FACT action whose state of play built the first version of its grid."""
    service = world.cast.service
    with acting_as(service):
        structure = structures.follow_structure(
            actor=service, contract_id=world.story.contract.pk, name="Aide à domicile des Ocres", siret="",
            starts_on=date(2026, 1, 5), at=JANUARY,
        )  # fmt: skip
        survey = structures.Survey(date(2026, 1, 12), 9, "grille.pdf", b"%PDF-1.4\n%%EOF\n")
        structures.attach_grid(actor=service, structure_id=structure.pk, survey=survey, at=JANUARY)
    world.arguments["structure_id"] = structure.pk


def _collect(world: World) -> Part:
    """The service hands in, the others read and ask, the service shares the correction out."""
    cast, story = world.cast, world.story
    service, part = cast.service, story.part()
    with acting_as(service):
        entry.save_free_text(actor=service, part_id=part.pk, code="satdl-fact", text="Projet lancé.", at=FEBRUARY)
    part = story.hand_in(Provider.SERVICE)
    with acting_as(cast.fund):
        control.remark(actor=cast.fund, part_id=part.pk, text="Rien à signaler.", at=LATER)
    with acting_as(cast.labour):
        justified = part.submissions.get().values.exclude(justification="")[0]
        control.accept_justification(
            actor=cast.labour, part_id=part.pk, definition_id=justified.definition_id, at=LATER
        )
        control.return_part(
            actor=cast.labour, part_id=part.pk, reason="À préciser.", questions=[control.Asked("Pourquoi ?")], at=LATER
        )
    with acting_as(service):
        sharing.entrust_section(
            actor=service,
            part_id=part.pk,
            section="volet-1",
            person_id=cast.contributor.person_id,
            due_on=date(2026, 3, 2),
            at=LATER,
        )
        evidence.join_evidence(
            actor=service,
            part_id=part.pk,
            definition_id=_national(world).definition_id,
            name="décompte.pdf",
            content=b"%PDF-1.7 essai",
            at=LATER,
        )
    return story.part()


def _count_at_home(world: World, part: Part) -> None:
    """The service brought a counted file and shared its tables; the region changed a threshold and back."""
    service = world.cast.service
    administrator = actor(world.cast.organisation("dreets-paca"), "Administratrice", Role.ADMINISTRATOR)
    with acting_as(service):
        profiles.import_counted(actor=service, part_id=part.pk, name="d.json", content=counted(), at=LATER)
        profiles.share_profile(actor=service, declaration_id=part.declaration_id, at=LATER)
    for persons in (12, 11):
        with acting_as(administrator):
            asked = Asked(persons, 3, 85)
            profiles.change_thresholds(actor=administrator, asked=asked, reason="Essai.", at=LATER)
    with as_system():
        profiles.withdraw_unsafe(territory="R93", at=LATER)
        profiles.gather_region(campaign_id=part.declaration.campaign_id, at=LATER)


def _write_review(world: World) -> tuple[Review, ReviewItem]:
    labour = world.cast.labour
    with acting_as(labour):
        review = consolidation.open_review(actor=labour, contract_id=world.story.contract.pk, year=2025, at=LATER)
        item = consolidation.add_item(
            actor=labour,
            review_id=review.pk,
            kind=ReviewItem.Kind.IMPROVEMENT,
            content={"text": "Repérer plus tôt.", "owner": world.cast.organisation("satdl")},
        )
        consolidation.comment_review(actor=labour, review_id=review.pk, text="À relire.", at=LATER)
    return review, item


def _meet(world: World) -> dict[str, Any]:
    """A technical meeting whose minutes wait for approval, a committee planned, the calendar of next year consulted on."""
    service, labour, fund = world.cast.service, world.cast.labour, world.cast.fund
    with acting_as(service):
        mine = Committee.objects.visible_to(service)
        technical, committee = mine.get(kind="technical"), mine.get(kind="follow_up")
        start = datetime(2026, 1, 20, 9, tzinfo=JANUARY.tzinfo)
        timing = meetings.Timing(start, start + timedelta(hours=2))
        purpose = Session.Purpose.TECHNICAL
        held = meetings.plan_session(
            actor=service, committee_id=technical.pk, timing=timing, purpose=purpose, at=JANUARY
        )
        point = meetings.add_agenda_item(
            actor=service, session_id=held.pk, title="Point d’étape", detail="", at=JANUARY
        )
        meetings.convene_session(actor=service, session_id=held.pk, at=JANUARY)
        noted = {seat.pk: Presence(Attendance.Status.PRESENT) for seat in committees.list_seats(technical)}
        meetings.take_attendance(actor=service, session_id=held.pk, noted=noted, at=LATER)
        draft = DecisionDraft("Tenir un point mensuel.", world.cast.organisation("satdl"), item_id=point.pk)
        decision = meetings.record_decision(actor=service, session_id=held.pk, draft=draft, at=LATER)
        meetings.hold_session(actor=service, session_id=held.pk, reason="", at=LATER)
        meetings.share_minutes(actor=service, session_id=held.pk, at=LATER)
    with acting_as(fund):
        meetings.remark_on_minutes(actor=fund, session_id=held.pk, text="À préciser.", at=LATER)
    april = datetime(2026, 4, 16, 8, tzinfo=JANUARY.tzinfo)
    with acting_as(labour):
        timing = meetings.Timing(april, april + timedelta(hours=2))
        planned = meetings.plan_session(actor=labour, committee_id=committee.pk, timing=timing, at=LATER)
        pack = meetings.ask_pack(actor=labour, session_id=planned.pk, at=LATER, defer=lambda _: None)
        report = meetings.open_report(actor=labour, committee_id=committee.pk, year=2025, at=LATER)
        planning = meetings.open_planning(actor=labour, year=2027, at=LATER)
        meetings.open_planning(actor=labour, year=2029, at=LATER)
        march = datetime(2027, 3, 9, 9, tzinfo=JANUARY.tzinfo)
        meetings.add_slots(actor=labour, planning_id=planning.pk, times=[(march, march + timedelta(hours=2))], at=LATER)
        person = meetings.add_representative(actor=labour, planning_id=planning.pk, capacity="Inspection du travail")
        meetings.consult_services(actor=labour, planning_id=planning.pk, at=LATER)
        return {
            "committee_id": committee.pk,
            "seat_id": committees.list_seats(committee)[0].pk,
            "session_id": held.pk,
            "point_id": point.pk,
            "decision_id": decision.pk,
            "pack_id": pack.pk,
            "report_id": report.pk,
            "planning_id": planning.pk,
            "slot_id": committees.list_slots(labour, planning)[0].pk,
            "representative_id": person.pk,
            "consultation_id": committees.list_consultations(labour, planning)[0].pk,
            **{f"meetings:{name} session_id": planned.pk for name in PLANNED_ACTS},
            "site:ask-pack session_id": planned.pk,
        }


def _keep_commitments(world: World) -> None:
    """The service states one commitment with its evidence, the fund remarks, asks and gives; last year is balanced."""
    service, fund, contract = world.cast.service, world.cast.fund, world.story.contract
    with as_system():
        commitments.plan_registers(at=LATER)
        party = ContractParty.objects.get(contract=contract, organisation_id=service.organisation_id)
    common: dict[str, Any] = {"contract_id": contract.pk, "at": LATER}
    which = commitments.Which(contract.pk, "eng-secretariat", party.pk, 2026)
    with acting_as(service):
        said = commitments.Said(Status.UNDERWAY)
        commitments.state_commitment(actor=service, which=which, said=said, at=LATER)
        draft = commitments.ProofDraft("Ordre du jour envoyé", type="ordre du jour")
        proof = commitments.add_proof(actor=service, which=which, draft=draft, at=LATER)
        commitments.settle_due_days(actor=service, clause_key="eng-secretariat", days=["05-31"], **common)
        session = world.arguments["session_id"]
        commitments.freeze_balance(actor=service, year=2025, session_id=session, **common)
    with acting_as(fund):
        commitments.remark(actor=fund, which=which, text="Bien reçu.", at=LATER)
        given = commitments.ExchangeDraft(
            "carsat-sud-est", "satdl", date(2026, 1, 12), "Statistiques 2025", "Ciblage", "CPOM, article 4"
        )
        commitments.log_exchange(actor=fund, draft=given, **common)
        asked = commitments.ExpertiseDraft("satdl", "ergonomics", "Postes de caisse", date(2026, 3, 20))
        expertise = commitments.ask_expertise(actor=fund, draft=asked, **common)
    world.arguments |= {"party_id": party.pk, "proof_id": proof.pk, "expertise_id": expertise.pk}
    for name in ("commitment", "state", "add-proof", "remark", "settle-days"):
        world.arguments[f"commitments:{name} clause_key"] = "eng-secretariat"
        world.arguments[f"commitments:{name} year"] = 2026


PLANNED_ACTS = ("move", "convene", "cancel", "build-agenda", "add-item", "annex")
"""What is done of a session before it is held; the other acts are asked of the one that was."""


def _tell_the_region(world: World, campaign: Campaign) -> None:
    """Figures, charts, an export asked, and a note published while the campaign was closed for a moment."""
    labour, contract = world.cast.labour, world.story.contract
    with as_system():
        consolidation.consolidate_campaign(campaign_id=campaign.pk, at=LATER)
        _place(_national(world))  # consolidation places a service among others: here it is alone
        for circle in (contract.circle_id, campaign.circle_id):
            StoredChart.objects.create(
                circle_id=circle, key="2025:essai", title="Essai", svg="<svg/>", alt="Rien", table=[], at=LATER
            )
    with acting_as(labour):
        consolidation.ask_export(actor=labour, campaign_id=campaign.pk, at=LATER)
        opening.close_campaign(actor=labour, campaign_id=campaign.pk, reason="Chiffres arrêtés.", at=LATER)
        consolidation.publish_note(actor=labour, campaign_id=campaign.pk, at=LATER)
        opening.reopen_campaign(actor=labour, campaign_id=campaign.pk, reason="Une correction.", at=LATER)


def _open_small_things(world: World) -> None:
    """What a person has beside the files: a rhythm of mails, a calendar address, a token; and a directory."""
    service = world.cast.service
    with acting_as(service):
        choose_rhythm(actor=service, rhythm=Preference.Rhythm.IMMEDIATE, at=LATER)
        address = calendar.open_address(actor=service, at=LATER)
        tokens.issue(actor=service, label="essai", scope="read", at=LATER)
        _document(world.cast, world.story.contract, LATER)
        contract = world.story.contract
        Annex.objects.create(circle_id=contract.circle_id, contract=contract, key="annexe-1", title="Annexe fictive")
    with as_system():
        seal_journal(at=LATER)
        line = DirectoryLine("Établissement fictif", siret=make_siret(1), finess_et="130000011", territory="13")
        load_directory([line])
    _open_accounts(world)
    log_access(SecurityEntry.Action.VIEW, actor=service, page="/contrats/x", address="192.0.2.1", at=LATER)
    world.arguments["token"] = calendar.address_of(address).rpartition("/")[2].removesuffix(".ics")


def _open_accounts(world: World) -> None:
    """Who was asked in, who asks to come in, a role lent for later."""
    service, contributor = world.cast.service, world.cast.contributor
    common = {"organisation_id": service.organisation_id}
    guest = User.objects.create_user(email="agent@example.org", name="Agent")
    days = {"starts_on": date(2090, 1, 1), "ends_on": date(2090, 2, 1)}
    roles = [Role.READER.value]
    asked = Invitation.objects.create(
        email="neuf@example.org", roles=roles, invited_at=LATER, expires_at=LATER, **common, **days
    )
    proposal = Proposal.objects.create(person=guest, siret="1" * 14, proposed_at=LATER, **common)
    loan = Delegation.objects.create(
        lender_id=service.membership_id, borrower_id=contributor.membership_id, roles=roles, made_at=LATER, **days
    )
    world.arguments |= {
        "invitation_id": asked.pk,
        "proposal_id": proposal.pk,
        "delegation_id": loan.pk,
        "membership_id": contributor.membership_id,
        "token_id": tokens.list_mine(service).get().pk,
        "number": 999_999,
        "pk": 999_999,
        "uidb36": "0",
        "key": "a-b",
        "accounts:accept-invitation token": sign(asked),
    }


def _appoint(world: World) -> None:
    """Each party's list; a contact of the service that follows an establishment; a review in committee."""
    cast, contract = world.cast, world.story.contract
    with as_system():
        lists = {
            key: contacts.open_list(
                circle_id=contract.circle_id, organisation=cast.organisation(key), opened_on=date(2025, 1, 1),
                at=JANUARY, single=key == "carsat-sud-est",
            )
            for key in ("satdl", "carsat-sud-est", "dreets-paca")
        }  # fmt: skip
    draft = contacts.ContactDraft(
        "Cellule PDP", date(2025, 1, 1), mailbox="pdp@service.invalid", fictional=True,
        establishments=tuple(Establishment.objects.all()),
    )  # fmt: skip
    with acting_as(cast.service):
        made = contacts.add_contact(actor=cast.service, list_id=lists["satdl"].pk, draft=draft, at=LATER)
        contacts.record_review(
            actor=cast.service, list_id=lists["satdl"].pk, on=date(2026, 1, 9), committee="Comité de suivi", at=LATER
        )
    with acting_as(cast.fund):
        sole = contacts.ContactDraft("Correspondant", date(2025, 1, 1), phone="04 00 00 00 00", correspondent=True)
        theirs = contacts.add_contact(actor=cast.fund, list_id=lists["carsat-sud-est"].pk, draft=sole, at=LATER)
    with acting_as(cast.service):
        contacts.name_partner(actor=cast.service, contact_id=made.pk, name="Cap emploi", domain="pdp", at=LATER)
    with as_system():
        exchange = DirectExchange.objects.create(
            circle_id=contract.circle_id, giver=made, receiver=theirs, establishment=Establishment.objects.all()[0],
            on=date(2026, 1, 12), at=LATER,
        )  # fmt: skip
        ExchangeContent.objects.create(circle_id=contract.circle_id, exchange=exchange, subject="Manutentions")
    world.arguments |= {
        "contact_id": made.pk,
        "contactlist_id": lists["satdl"].pk,
        "circle_id": contract.circle_id,
    }


def _keep_secrets(world: World) -> None:
    """A notice acknowledged, a document no longer secret, an audit to come, a security policy, a list that waits."""
    cast, circle = world.cast, world.story.contract.circle_id
    with as_system():
        control = Organisation.objects.create(
            key="controle", kind="national", name="Corps de contrôle (fictif)", short_name="Contrôle",
            territory_id="R93", fictional=True,
        )  # fmt: skip
        Elimination.objects.create(category="accounts", until=date(2016, 1, 1), count=1, at=LATER, automatic=False)
    with acting_as(cast.service):
        notice.acknowledge(actor=cast.service, circle_id=circle, purpose="Bilan", at=LATER)
        item = next(one for one in secrecy.list_items(cast.service, circle) if one.label == "avenant.pdf")
        levels.declassify(
            actor=cast.service, circle_id=circle, item=item.key, exemption="public",
            proof=levels.Proof(link="https://example.org/avenant"), at=LATER,
        )  # fmt: skip
        policy = levels.deposit_security_policy(
            actor=cast.service, circle_id=circle, name="pssi.pdf", content=b"%PDF-1.4\n%%EOF\n", at=LATER
        )
        right = audits.open_audit(
            actor=cast.service, circle_id=circle, at=LATER, today=date(2026, 2, 25),
            audit=audits.Audit(control.pk, "Mission de contrôle", date(2026, 3, 2), date(2026, 3, 31)),
        )  # fmt: skip
    with acting_as(cast.service):
        mine = secrecy.list_acknowledgements(cast.service)[0]
    world.arguments |= {
        "acknowledgement_id": mine.pk,
        "auditright_id": right.pk,
        "securitypolicy_id": policy.pk,
        "category": "accounts",
    }


def _act(world: World) -> None:
    """What is signed, amended and ended of the contract: one row of each kind, in preparation."""
    cast, contract = world.cast, world.story.contract
    said: dict[str, Any] = {"circle_id": contract.circle_id}
    with as_system():
        document = Document.objects.get(circle_id=contract.circle_id, name="avenant.pdf")
        parties = list(contract.parties.select_related("organisation").order_by("role"))
        text = FrozenText.objects.create(
            contract=contract,
            subject=contract.pk,
            sha256="a" * 64,
            content=legal_text(cast.labour, contract, LATER.date()).kept(),
            at=LATER,
            **said,
        )
        Signature.objects.create(
            contract=contract, subject=contract.pk, party=parties[0], asked_sha256="a" * 64, asked_text=text,
            asked_at=LATER, sha256="a" * 64, signed_text=text, signed_on=LATER.date(), document=document, **said,
        )  # fmt: skip
        ContractConsultation.objects.create(
            contract=contract, body_key="crpst", body="CRPST", heard_on=LATER.date(), opinion="favourable", **said
        )
        amendment = Amendment.objects.create(
            contract=contract,
            number=1,
            kind="content",
            title="Objet",
            state="draft",
            state_since=LATER,
            signed_on=LATER.date(),
            effective_on=date(2026, 7, 1),
            **said,
        )
        change = AmendmentChange.objects.create(
            amendment=amendment, verb="rewrite", clause_key="art-2", kind="article", heading="x", body="y", **said
        )
        AmendedTarget.objects.create(amendment=amendment, promise=contract.promises.all()[0], targets={}, **said)
        successor = cast.organisation("val-issole")
        PartyChange.objects.create(
            amendment=amendment, party=parties[0], organisation=successor, reason="Fusion", **said
        )
        difficulty = Difficulty.objects.create(
            contract=contract, raised_by=cast.organisation("satdl"), raised_on=LATER.date(), subject="Données", **said
        )
        AmicableStep.objects.create(difficulty=difficulty, taken_on=LATER.date(), text="Réunion", **said)
        denunciation = Denunciation.objects.create(contract=contract, author=parties[0], grounds="Motifs", **said)
        letter = RegisteredLetter.objects.create(denunciation=denunciation, party=parties[1], **said)
        CourtRuling.objects.create(
            contract=contract, court="Tribunal", reference="26/1", ruled_on=LATER.date(), decision="Rejet.", **said
        )
        ConsistencyCheck.objects.create(
            contract=contract, subject="pst", result="consistent", checked_on=LATER.date(), **said
        )
        Injunction.objects.create(contract=contract, reference="INJ-1", issued_on=LATER.date(), subject="Objet", **said)
        AmendedIndicator.objects.create(
            amendment=amendment, code="2.9.9", label="Essai", added={"kind": "integer"}, first_year=2026,
            last_year=2027, **said,
        )  # fmt: skip
        joined = AmendedAnnex.objects.create(
            amendment=amendment, act="add", key="annexe-9", title="Essai", document=document, **said
        )
    world.arguments |= {
        "what": "annexe",
        "row_id": joined.pk,
        "drafting:reference key": "instruction-2024-132",
        "drafting:sub-agreement key": "convention-risque-chimique",
        "amendment_id": amendment.pk,
        "change_id": change.pk,
        "difficulty_id": difficulty.pk,
        "letter_id": letter.pk,
    }


def _work(world: World) -> None:
    """What is done under the contract: progress, an effect, a shared action, a campaign, a targeted establishment."""
    cast, contract = world.cast, world.story.contract
    said: dict[str, Any] = {"circle_id": contract.circle_id, "contract": contract}
    with acting_as(cast.labour):
        draft = work.SharedDraft(
            work_models.SharedAction.Kind.DAY, "Journée d’essai", LATER.date(), contracts=[contract.pk]
        )
        shared = work.open_shared(actor=cast.labour, draft=draft, at=LATER)
    with as_system():
        party = contract.parties.get(role="service")
        work_models.Progress.objects.create(
            clause_key="fiche-1-1", party=party, state="underway", said_at=LATER, **said
        )
        work_models.Effect.objects.create(
            clause_key="fiche-2-2",
            effect="Effet",
            rating="partial",
            comment="Constat",
            assessed_on=LATER.date(),
            **said,
        )
        work_models.Campaign.objects.create(
            laboratory="Laboratoire", measures="chimiques", starts_on=LATER.date(), ends_on=LATER.date(), **said
        )
        work_models.CampaignPlan.objects.create(each=2, **said)
        asked = work_models.FundingRequest.objects.create(
            clause_key="fiche-1-1",
            funder="Fonds d’essai",
            state="draft",
            state_since=LATER,
            submitted_on=LATER.date(),
            **said,
        )
        work_models.ActionFunding.objects.create(
            clause_key="fiche-1-1",
            request=asked,
            funder="Fonds d’essai",
            amount="1.00",
            granted_on=LATER.date(),
            **said,
        )
        work_models.OperationalObjective.objects.create(
            clause_key="fiche-1-1", text="Objectif", enterprises="Entreprise d’essai", agreed_on=LATER.date(), **said
        )
        target = work_models.Target.objects.create(siret=make_sirets(9)[8], name="Établissement ciblé", **said)
        followed = Clause.objects.get(contract=contract, key="fiche-2-2")
        followed.details |= {"programme": "cmr"}
        followed.save(update_fields=["details"])
        work_models.FollowedEnterprise.objects.create(
            clause_key=followed.key, siret=make_sirets(9)[8], name="Entreprise suivie", identified="done",
            traced="underway", **said,
        )  # fmt: skip
    world.arguments |= {
        "target_id": target.pk,
        "sharedaction_id": shared.pk,
        "fundingrequest_id": asked.pk,
        "actions:enterprises clause_key": followed.key,
        "actions:export-enterprises clause_key": followed.key,
    }


def _import(world: World) -> None:
    """A file of contacts, of which the service has told the columns and taken the lines."""
    service = world.cast.service
    content = "Fonction;Courriel;Remarque\nSecrétariat;secretariat@service.invalid;\n;x;\n".encode()
    with acting_as(service):
        row = imports.receive_file(actor=service, kind="contacts", filename="contacts.csv", content=content, at=LATER)
        columns = {"function": "Fonction", "mailbox": "Courriel"}
        imports.tell_columns(actor=service, import_id=row.pk, columns=columns, at=LATER)
        imports.confirm_import(actor=service, import_id=row.pk, at=LATER)
    world.arguments |= {"import_id": row.pk, "imports:send kind": "contacts", "imports:model kind": "contacts"}


def _keep_a_view(world: World) -> None:
    """A list that the service's manager keeps as it is filtered."""
    service = world.cast.service
    with acting_as(service):
        kept = save_view(actor=service, name="Contrats signés", address="/contrats/?etat=in_force")
    world.arguments |= {"savedview_id": kept.pk}


def _national(world: World) -> PromisedIndicator:
    """The first national indicator of the contract."""
    service = world.cast.service
    with acting_as(service):
        rows = PromisedIndicator.objects.visible_to(service).filter(contract=world.story.contract)
        return rows.filter(definition__circle=None).select_related("definition").order_by("definition__code")[0]


def _place(promise: PromisedIndicator) -> None:
    """Where the service stands, as the job says it of too few services."""
    definition = definition_of(promise.definition)
    BenchmarkLine.objects.create(
        circle_id=promise.circle_id,
        contract=promise.contract,
        year=2025,
        definition=promise.definition,
        result=position_content(position(definition, "satdl", {"satdl": Answer.empty()}, floor=5)),
        computed_at=LATER,
    )


def _document(cast: Cast, contract: Contract, at: datetime) -> Document:
    return keep(
        circle_id=contract.circle_id,
        owner_id=cast.service.organisation_id,
        name="avenant.pdf",
        content=b"%PDF-1.7 essai",
        kind="contract",
        media_type="application/pdf",
        at=at,
    )


def _hand_in_a_dossier(cast: FundingCast) -> dict[str, Any]:
    """A call asked about, a dossier handed in of which a piece was checked, and another call being concerted."""
    call = publish(cast)
    dossier = open_for(cast.director, call)
    fill(cast.director, dossier)
    with acting_as(cast.director):
        project = Project.objects.get(dossier=dossier)
        question = calls.ask_question(actor=cast.director, call=call, text="Qui peut demander ?", at=OCTOBER)
        writing.tell_establishment(
            actor=cast.director, dossier_id=dossier.pk, said={}, at=OCTOBER,
            received=[row(amount=Decimal(80_000), year=2021, purpose="lits")],
        )  # fmt: skip
        objective = row(label="Absentéisme", unit="%", baseline=Decimal(12), target=Decimal(10), due_on=OCTOBER.date())
        contracting.set_objectives(actor=cast.director, dossier_id=dossier.pk, objectives=[objective], at=OCTOBER)
        contracting.tell_signatures(
            actor=cast.director, dossier_id=dossier.pk, said={"management_capacity": "Directrice"}, at=OCTOBER
        )
        Certification.objects.create(
            circle_id=dossier.circle_id, dossier=dossier, person_id=cast.lead.person_id, at=OCTOBER, sha256="0" * 64
        )
    hand_in(cast.director, dossier)
    second = open_for(cast.other_director, call, "99B000002", status="private_profit", category="clinique")
    with acting_as(cast.other_director):  # what it needs besides its state to be handed in
        Dossier.objects.filter(pk=second.pk).update(number="ESSAI-2", submitted_at=OCTOBER)
    with acting_as(cast.director):
        ProjectPartner.objects.create(
            circle_id=dossier.circle_id, project=project, position=1, name="Seul", carrier=True, cost_share=100
        )
    with acting_as(cast.officer):
        calls.answer_question(
            actor=cast.officer, question_id=question.pk, answer="Les établissements.", to_all="Qui ?", at=OCTOBER
        )
        judging.rule_category(actor=cast.officer, dossier_id=dossier.pk, confirmed=True, reason="", at=OCTOBER)
        workbook = exporting.ask_workbook(actor=cast.officer, search=DossierSearch(), at=OCTOBER)
        incident = calls.record_incident(
            actor=cast.officer, call_id=call.call_id, started_at=SEPTEMBER, ended_at=OCTOBER, what="Panne", at=OCTOBER
        )
        file = calls.put_up_file(
            actor=cast.officer, call_id=call.call_id, label="Modèle", name="m.pdf", content=b"%PDF-1.7", at=OCTOBER
        )
        essay = trying.ask_what_if(actor=cast.officer, call=call, values={"rate": 30}, at=OCTOBER)
        piece = Piece.objects.get(dossier=dossier, kind="courrier_demande")
        judging.check_piece(actor=cast.officer, piece_id=piece.pk, compliant=True, reason="", at=TOO_LATE)
        draft = draft_of_2023(key="appel-concerte", year=2025, concerted=True)
        other = calls.prepare_call(actor=cast.officer, draft=draft, partners=call_partners(), at=OCTOBER)
        calls.consult_partner(
            actor=cast.officer, call_id=other.pk, organisation_id=cast.fund.organisation_id, on=OCTOBER.date(),
            agrees=True, comment="", at=OCTOBER,
        )  # fmt: skip
    with acting_as(cast.fund):
        consultant = calls.list_consultant(
            actor=cast.fund,
            said=calls.ConsultantSaid(
                name="Cabinet (fictif)", speciality="RPS", contact="contact@example.org", listed_since=date(2021, 1, 1)
            ),
        )
    with as_system():
        trying.answer_what_if(essay_id=essay.pk, at=OCTOBER)
        partner = ProjectPartner.objects.get()
    return {
        "call_id": call.call_id, "key": call.key, "version": 1, "dossier_id": dossier.pk, "piece_id": piece.pk,
        "position": 1,
        "callquestion_id": question.pk, "whatif_id": essay.pk, "callfile_id": file.pk, "incident_id": incident.pk,
        "consultant_id": consultant.pk, "projectpartner_id": partner.pk, "workbook_id": workbook.pk,
    }  # fmt: skip


def _instruct_a_dossier(cast: FundingCast) -> dict[str, Any]:
    """A complete dossier of another call, its opinions open, one examination given, something asked of it."""
    dossier = complete_dossier(cast, publish(cast, key="appel-instruit"))
    instruct(cast, dossier)
    with acting_as(cast.fund):
        take_up_catalogue(actor=cast.fund, at=NOVEMBER)
        scheme = Scheme.objects.get(code="stpe")
        said = aids.AidSaid(
            scheme_id=scheme.pk, establishment=dossier.establishment, label="Accompagnement des équipes",
            amount=Decimal(100000), cost=Decimal(100000), on=date(2024, 1, 20),
        )  # fmt: skip
        declared = aids.declare_aid(actor=cast.fund, said=said, at=NOVEMBER)
        opinions.save_opinion(actor=cast.fund, dossier_id=dossier.pk, said=points(), comment="", at=NOVEMBER)
    give(cast.examiner, dossier)
    with acting_as(cast.labour):
        interest = opinions.declare_interest(
            actor=cast.labour, dossier_id=dossier.pk, reason="Ancienne salariée", at=NOVEMBER
        )
    with acting_as(cast.officer):
        opinions.close_round(actor=cast.officer, dossier_id=dossier.pk, reason="Délai passé", at=NOVEMBER)
        opinions.record_collegial(
            actor=cast.officer, dossier_id=dossier.pk, value=Collegial.ADJOURNED, comment="Absents", present={},
            held_on=NOVEMBER.date(), at=NOVEMBER,
        )  # fmt: skip
        examination = marking.ask_examination(
            actor=cast.officer, dossier_id=dossier.pk, kind=Examination.Kind.DELEGATION, name="Saint-Martin",
            last_day=date(2023, 12, 1), at=NOVEMBER,
        )  # fmt: skip
        match = list_matches(cast.officer, get_instruction(cast.officer, dossier.pk))[0]
        checking.settle_double(
            actor=cast.officer, dossier_id=dossier.pk, line=match.line, other=match.other, same=False, reason="Autre lot",
            at=NOVEMBER,
        )  # fmt: skip
        supplement = supplements.ask_supplement(
            actor=cast.officer, dossier_id=dossier.pk, message="Précisez.", targets={"dossier.contact": ""},
            questions=[], last_day=date(2023, 11, 24), at=NOVEMBER,
        )  # fmt: skip
        exchanges.write_note(actor=cast.officer, dossier_id=dossier.pk, text="À revoir", at=NOVEMBER)
        for audience in Thread.Audience:
            thread = exchanges.open_thread(
                actor=cast.officer, dossier_id=dossier.pk, audience=audience, title="Devis", text="Bonjour", at=NOVEMBER
            )
    named = {f"reviews:{one.name} dossier_id": dossier.pk for one in reviews_urls}
    return named | {
        "examination_id": examination.pk, "supplement_id": supplement.pk, "thread_id": thread.pk, "scheme_id": scheme.pk,
        "interest_id": interest.pk, "partneraid_id": declared.pk,
    }  # fmt: skip


def _allocate(cast: FundingCast, dossier_id: Any) -> dict[str, Any]:
    """An envelope drawn on, a session with one dossier, its scenario, decision, table sent, listing asked, rate revised."""
    officer, at, day = cast.officer, TOO_LATE, TOO_LATE.date()
    starts = TOO_LATE + timedelta(days=30)
    with acting_as(officer):
        dossier = Dossier.objects.select_related("call__call").get(pk=dossier_id)
        call = dossier.call
        envelopes.open_source(actor=officer, call=call, source="fir", criteria="DUERP à jour.", at=at)
        said = envelopes.EnvelopeSaid(source="fir", year=2023, territory="R01", amount=Decimal(100_000))
        envelope = envelopes.write_envelope(actor=officer, said=said, at=at)
        aid = envelopes.AidSaid(
            beneficiary=dossier.name, subject="Projet", on=day, granted=Decimal(1000), dossier_id=dossier.pk
        )
        envelopes.declare_aid(actor=officer, envelope_id=envelope.pk, said=aid, at=at)
        day_out = envelopes.AidSaid(
            beneficiary="Forum", outside="événement", subject="Salle", on=day, granted=Decimal(500)
        )
        written = envelopes.declare_aid(actor=officer, envelope_id=envelope.pk, said=day_out, at=at)
    national = national_body()
    entrusted(national, national_envelope(national, "1000"), "600")
    with acting_as(officer):
        selection = selections.prepare_selection(
            actor=officer, call=call, at=at,
            said=selections.SelectionSaid(envelope_id=envelope.pk, starts_at=starts, ends_at=starts + timedelta(hours=2)),
        )  # fmt: skip
        circle, person = selection.circle_id, officer.person_id
        line = Examined.objects.create(
            circle_id=circle, selection=selection, dossier=dossier, number=dossier.number, name=dossier.name, rank=1,
            establishment=str(dossier.owner_id), outcome="refused", reason="Hors orientations.",
        )  # fmt: skip
        seat = selection.meeting.committee.seats.first()
        assert seat is not None
        selections.withdraw_member(actor=officer, line_id=line.pk, seat_id=seat.pk, reason="Administrateur", at=at)
        scenario = Scenario.objects.create(
            circle_id=circle, selection=selection, method="in_order", label="Ordre", envelope=1000, progress="done",
            adopted=True, asked_at=at, settings=Hypotheses().to_json(),
        )  # fmt: skip
        Share.objects.create(circle_id=circle, scenario=scenario, line=line, amount=0, reason="Non retenu.")
        Award.objects.create(
            circle_id=circle, line=line, dossier=dossier, outcome="refused", reason="Hors orientations.", decided_on=day,
            decided_at=at, person_id=person,
        )  # fmt: skip
        Told.objects.create(
            circle_id=dossier.circle_id, dossier=dossier, outcome="refused", reason="Hors orientations.", decided_on=day,
            notified_at=at,
        )  # fmt: skip
        paper = keep(
            circle_id=circle, owner_id=officer.organisation_id, name="table.pdf", content=b"%PDF-1.4 table", kind="essai",
            media_type="application/pdf", at=at,
        )  # fmt: skip
        TableSent.objects.create(
            circle_id=circle, selection=selection, at=at, person_id=person, rows=0, total=0, document=paper
        )
        revision = RateRevision.objects.create(
            circle_id=circle, call=call, old=40, new=35, maximum=40, total_before=0, total_after=0, envelope=1000,
            reason="Enveloppe.", proposed_at=at, proposed_by_id=person,
        )  # fmt: skip
    with acting_as(cast.fund):
        request = ListingRequest.objects.create(
            circle_id=circle, selection=selection, asked_by_id=cast.fund.organisation_id, person_id=cast.fund.person_id,
            asked_at=at, scope="Le détail.",
        )  # fmt: skip
    return {
        "envelope_id": envelope.pk, "selection_id": selection.pk, "line_id": line.pk, "scenario_id": scenario.pk,
        "revision_id": revision.pk, "request_id": request.pk, "allocation:retained form": "xlsx",
        "aid_id": written.pk,
    }  # fmt: skip


def _keep_beside_an_aid(cast: FundingCast, grant: Grant) -> dict[str, Any]:
    """What an authority keeps with its aids: an amendment to sign, a document received, a socle, scans, a catalogue."""
    officer, row = cast.officer, {"circle_id": grant.circle_id}
    with acting_as(officer):
        second = Instalment.objects.get(grant=grant, number=2)
        InstalmentDocument.objects.get_or_create(
            instalment=second, code="bilan_annuel", defaults={**row, "received_on": OCTOBER.date()}
        )
        PastExpense.objects.create(**row, grant=grant, label="Rails de transfert", cost=12_000)
        reserve = Reserve.objects.create(**row, grant=grant, reason="À vérifier", raised_on=OCTOBER.date())
        agreement = Agreement.objects.create(
            **row, grant=grant, number=1, sha256="a" * 64, asked_at=OCTOBER, amount=41_000, reason="Plus",
            content={"kind": "amendment", "grant": grant.number, "authority": "ARS", "beneficiary": grant.name,
                     "reference": "CONV-1", "fictional": True, "signed_on": "2023-10-20", "reason": "Plus",
                     "amount": "41000.00", "amount_before": "40000.00", "consume_until": None, "until_before": None},
        )  # fmt: skip
        AgreementSignature.objects.create(**row, agreement=agreement, party="direction")
        socle = Socle.objects.create(authority_id=officer.organisation_id, number=1, title="Socle")
        Practice.objects.create(socle=socle, position=1, label="Une pratique", for_staff=True)
        circle = own_circle(officer)
        batch = ScanBatch.objects.create(
            circle_id=circle, owner_id=officer.organisation_id, pages=1, at=OCTOBER,
            document=keep(circle_id=circle, owner_id=officer.organisation_id, name="lot.pdf", content=b"%PDF-1.7 lot",
                          kind="scan_batch", media_type="application/pdf", at=OCTOBER),
        )  # fmt: skip
        Grantor.objects.create(organisation_id=officer.organisation_id, siret=make_siret(7))
        receipt = _lend(officer, grant)
        return {
            "loanreceipt_id": receipt.pk,
            "agreement_id": agreement.pk, "reserve_id": reserve.pk, "socle_id": socle.pk, "scanbatch_id": batch.pk,
            "grantedaction_id": GrantedAction.objects.filter(grant=grant)[0].pk,
            "grants:order-file number": Instalment.objects.get(grant=grant, number=1).order_number or "OP-2024-0001",
            "grants:published key": "ars-guadeloupe",
        }  # fmt: skip


def _lend(officer: Actor, grant: Grant) -> LoanReceipt:
    """The first instalment is a loan, of which a part came back and a part is given up."""
    row = {"circle_id": grant.circle_id, "grant": grant}
    Instalment.objects.filter(grant=grant, number=1).update(repayable=True)
    Grant.objects.filter(pk=grant.pk).update(terms={**grant.terms, "loan": {"over": 12, "every": 12, "deferred": 0}})
    Repayment.objects.create(**row, number=1, due_on=OCTOBER.date(), amount=16_000, paid=100, released=50)
    LoanDecision.objects.create(**row, kind="written_off", amount=50, reason="Remise", at=OCTOBER)
    one = Instalment.objects.get(grant=grant, number=1)
    steps = {"lines": [], "aid": "400.00", "ceiling": "32000.00", "engaged": "0.00"}
    made = Reimbursement.objects.create(
        **row, number=1, instalment=one, amount=400, compliant=1000, at=OCTOBER, content=steps
    )
    expense = ReportedExpense.objects.filter(report__grant=grant)[0]
    ReimbursedExpense.objects.create(circle_id=grant.circle_id, expense=expense, reimbursement=made, counted=1000)
    return LoanReceipt.objects.create(**row, amount=100, on=OCTOBER.date(), reference="TR 1", at=OCTOBER)


def _found(world: World) -> dict[str, Any]:
    """The rows that the story made, as their owner finds them."""
    service, labour = world.cast.service, world.cast.labour
    with acting_as(service):
        found = {
            "notice_id": Notice.objects.visible_to(service).filter(person_id=service.person_id).latest("at").pk,
            "question_id": Question.objects.visible_to(service).get().pk,
            "submission_id": Submission.objects.visible_to(service).get().pk,
            "document_id": Document.objects.visible_to(service).get(name="avenant.pdf").pk,
            "assignment_id": Assignment.objects.visible_to(service).get().pk,
            "evidence_id": Evidence.objects.visible_to(service).get().pk,
            "action_id": RegisteredAction.objects.visible_to(service).get().pk,
            "list_id": EstablishmentList.objects.visible_to(service).get(kind="supported").pk,
            "establishment_id": Establishment.objects.get(name="Établissement fictif").pk,
        }
    with acting_as(labour):
        found["export_id"] = Export.objects.visible_to(labour).get().pk
        found["publication_id"] = Publication.objects.visible_to(labour).get().pk
    return found
