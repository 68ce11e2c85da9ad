"""Contracts at every step from the drafting to the end: fictional services, nothing of a real institution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from avenant.contracts.amendments import services as amendments
from avenant.contracts.amendments.models import Amendment, RegisteredLetter
from avenant.contracts.amendments.services.amending import act_of as amendment_act
from avenant.contracts.drafting import checklist, selectors, services
from avenant.contracts.drafting.models import ConsistencyCheck, Contract, ContractParty
from avenant.contracts.drafting.services import Beginning, ClauseText, ContractDraft, Paper, PartyDraft
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.signing import today_of
from avenant.demo.building.calendar import paris
from avenant.demo.building.contracts import twin_text
from avenant.demo.building.people import AFTER_THE_OTHERS, DOMAIN, REGION, SINCE, SOURCE, Cast
from avenant.demo.models import Visitor
from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.contracts.amending import Verb
from avenant.foundations.accounts.models import User
from avenant.foundations.documents.typesetting import typeset
from avenant.foundations.meetings import selectors as meetings_reads
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import Committee
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership, Organisation
from avenant.references.reading import read
from avenant.site.committees import set_up_committees


class Story:
    """One fictional service, its manager, and the two institutions of the region before its contract."""

    def __init__(self, cast: Cast, entry: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        self.told, self.entry = told, entry
        self.service = Organisation.objects.create(
            key=entry["key"], kind=OrganisationKind.SERVICE.value, name=entry["name"], short_name=entry["short_name"],
            territory_id=REGION, fictional=True, source=SOURCE,
        )  # fmt: skip
        person = User.objects.create_user(
            email=f"responsable-{entry['key']}@{DOMAIN}", name=f"Responsable Démo, {entry['short_name']}"
        )
        Visitor.objects.create(person=person, position=AFTER_THE_OTHERS, story="Signe, amende ou termine son contrat.")
        membership = Membership.objects.create(
            person=person, organisation=self.service, roles=[Role.SERVICE_MANAGER.value], starts_on=SINCE
        )
        self.labour, self.fund, self.manager = cast.labour, cast.fund, Actor.of(membership)

    @property
    def actors(self) -> tuple[Actor, ...]:
        return self.labour, self.fund, self.manager

    def _parties(self) -> tuple[PartyDraft, ...]:
        labour, fund = (Organisation.objects.get(key=key) for key in ("dreets-paca", "carsat-sud-est"))
        return (
            PartyDraft(labour, ContractParty.Role.LABOUR, "Directeur régional"),
            PartyDraft(fund, ContractParty.Role.FUND, "Directeur général"),
            PartyDraft(self.service, ContractParty.Role.SERVICE, "Présidence"),
        )

    def beginning(self) -> Beginning:
        told = self.told["drafting"]
        return Beginning(
            key=f"cpom-{self.service.key}-{told['period']}",
            title=f"CPOM {told['period']}, {self.service.name}",
            territory_id=REGION,
            parties=self._parties(),
            title_period=told["period"],
            duration_years=told["duration_years"],
            fictional=True,
        )

    def taken_over(self, at: datetime) -> Contract:
        """A contract signed before it was on the platform."""
        first, last = self.entry["years"]
        draft = ContractDraft(
            key=f"cpom-{self.service.key}-{first}-{last}", kind=Contract.Kind.CPOM_SERVICE,
            title=f"CPOM {first}-{last}, {self.service.name}", territory_id=REGION, starts_on=date(first, 1, 1),
            ends_on=date(last, 12, 31), parties=self._parties(), source=SOURCE, fictional=True,
        )  # fmt: skip
        with acting_as(self.labour):
            contract = services.take_over_contract(actor=self.labour, at=at, draft=draft)
            services.take_over_text(actor=self.labour, contract=contract, text=twin_text(self.service), at=at)
        return contract

    def drafted(self) -> Contract:
        with acting_as(self.labour):
            return services.prepare_from_template(
                actor=self.labour, template_key="cpom-spsti", beginning=self.beginning(),
                at=paris(self.told["drafting"]["begun_at"]),
            )  # fmt: skip

    def write(self, contract: Contract, count: int | None = None) -> None:
        """Write the first clauses of a draft, or all."""
        at = paris(self.told["drafting"]["begun_at"])
        with acting_as(self.labour):
            for row in list(contract.clauses.order_by("position"))[:count]:
                body = f"Texte de la démonstration pour « {row.heading} ». Les parties l’écrivent ensemble."
                text = ClauseText(row.number, row.heading, body)
                services.write_clause(actor=self.labour, contract_id=contract.pk, clause_key=row.key, text=text, at=at)

    def hear(self, contract: Contract, *bodies: str) -> None:
        told = self.told["drafting"]
        with acting_as(self.labour):
            for line in checklist.check(self.labour, contract, told["heard_on"]).consultations:
                if not bodies or line.asked.key in bodies:
                    services.record_consultation(
                        actor=self.labour, contract_id=contract.pk, body_key=line.asked.key,
                        heard_on=told["heard_on"], opinion="favourable", remarks="", at=paris(told["heard_at"]),
                    )  # fmt: skip

    def check(self, contract: Contract) -> None:
        """The labour directorate finds the text consistent with the plans."""
        at = paris(self.told["drafting"]["heard_at"])
        with acting_as(self.labour):
            for line in checklist.check(self.labour, contract, at.date()).checks:
                if line.asked.required:
                    services.record_check(
                        actor=self.labour, contract_id=contract.pk, at=at,
                        subject=ConsistencyCheck.Subject(line.asked.key),
                        found=services.Found(ConsistencyCheck.Result.CONSISTENT),
                    )  # fmt: skip

    def sign(self, contract: Contract, actor: Actor, at: datetime) -> None:
        with acting_as(actor):
            party = ContractParty.objects.select_related("organisation").get(
                contract=contract, organisation=actor.organisation_id
            )
            mine = selectors.get_contract(actor, contract.pk)
            reference = services.act_of(actor, mine, at).reference(party)
            services.sign_contract(actor=actor, contract_id=contract.pk, paper=_paper(mine, reference, at), at=at)

    def sign_amendment(self, row: Amendment, actors: Iterable[Actor], at: datetime) -> None:
        for actor in actors:
            with acting_as(actor):
                party = ContractParty.objects.select_related("organisation").get(
                    contract=row.contract_id, organisation=actor.organisation_id
                )
                row.contract = selectors.get_contract(actor, row.contract_id)
                reference = amendment_act(actor, row, at).reference(party)
                amendments.sign_amendment(
                    actor=actor, contract_id=row.contract_id, amendment_id=row.pk,
                    paper=_paper(row.contract, reference, at), at=at,
                )  # fmt: skip

    def amend(
        self, contract: Contract, draft: amendments.AmendmentDraft, at: datetime, opened_at: datetime, *,
        clause: str = "", body: str = "",
    ) -> Amendment:  # fmt: skip
        actor = self.labour
        with acting_as(actor):
            row = amendments.draft_amendment(actor=actor, contract_id=contract.pk, draft=draft, at=at)
            said = selectors.clauses_on(actor, contract, draft.effective_on or at.date()) if clause else []
            for one in said:
                if one.key == clause:
                    after = f"{one.body}\n\n{body}"
                    change = amendments.ChangeDraft(Verb.REWRITE, clause, one.number, one.heading, after)
                    amendments.change_clause(
                        actor=actor, contract_id=contract.pk, amendment_id=row.pk, change=change, at=at
                    )
            return amendments.open_amendment(actor=actor, contract_id=contract.pk, amendment_id=row.pk, at=opened_at)


def live(cast: Cast, contracts_at: datetime, now: datetime) -> None:
    """Each story of ``demo/acts.toml``, then what the nightly job would have done."""
    told = read("demo/acts")
    for entry in told["service"]:
        story = Story(cast, entry, told)
        STORIES[entry["story"]](story, contracts_at)
    amendments.apply_due(at=now)
    amendments.follow_ends(at=now)
    list(set_up_committees(at=now))
    for entry in told["service"]:
        if "session" in entry:
            _sit_apart(cast.labour, entry, told["sessions"])


def _sit_apart(labour: Actor, entry: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """A contract that promises no indicator is outside the regional calendar: its committee has a date of its own."""
    at, first = paris(told["planned_at"]), entry["years"][0]
    with acting_as(labour):
        committee = meetings_reads.list_committees(labour).get(
            kind=Committee.Kind.FOLLOW_UP, secretariat__key=entry["key"], first_year=first
        )
        meetings.configure_committee(actor=labour, committee_id=committee.pk, settings={"regional": False}, at=at)
        timing = meetings.Timing(
            paris(datetime.combine(entry["session"], told["starts"])),
            paris(datetime.combine(entry["session"], told["ends"])),
            place=told["place"],
        )
        meetings.plan_session(actor=labour, committee_id=committee.pk, timing=timing, at=at)


def _draft(story: Story, _at: datetime) -> None:
    story.write(story.drafted(), 6)


def _in_consultation(story: Story, _at: datetime) -> None:
    contract = story.drafted()
    story.write(contract)
    with acting_as(story.labour):
        services.open_consultations(
            actor=story.labour, contract_id=contract.pk, at=paris(story.told["drafting"]["heard_at"])
        )
    story.hear(contract, "crpst")


def _to_sign(story: Story, _at: datetime) -> None:
    """Two parties signed; then the fund's representative changed, so that the fund alone signs again."""
    told = story.told["drafting"]
    contract = story.drafted()
    story.write(contract)
    story.hear(contract)
    story.check(contract)
    with acting_as(story.labour):
        services.open_to_signature(actor=story.labour, contract_id=contract.pk, at=paris(told["opened_at"]))
    for actor in (story.labour, story.fund):
        story.sign(contract, actor, paris(told["signed_at"]))
    with acting_as(story.fund):
        services.name_representative(
            actor=story.fund, contract_id=contract.pk, capacity=told["capacity"], at=paris(told["changed_at"])
        )


def _amended(story: Story, at: datetime) -> None:
    """One amendment applied, another under signature."""
    told = story.told["amended"]
    contract = story.taken_over(at)
    kind = Amendment.Kind.CONTENT
    first = amendments.AmendmentDraft(kind, told["title"], told["effective_on"])
    drafted_at, signed_at = paris(told["applied_drafted_at"]), paris(told["applied_signed_at"])
    row = story.amend(contract, first, drafted_at, drafted_at, clause=told["clause"], body=told["body"])
    story.sign_amendment(row, story.actors, signed_at)
    amendments.apply_due(at=paris(datetime.combine(told["effective_on"], time(6))))
    second = amendments.AmendmentDraft(kind, told["next_title"], told["next_effective_on"])
    row = story.amend(
        contract, second, paris(told["drafted_at"]), paris(told["opened_at"]), clause=told["next_clause"],
        body=told["next_body"],
    )  # fmt: skip
    story.sign_amendment(row, [story.labour], paris(told["signed_at"]))


def _terminated(story: Story, at: datetime) -> None:
    """Signed by all, its notice running."""
    told = story.told["terminated"]
    contract = story.taken_over(at)
    draft = amendments.AmendmentDraft(Amendment.Kind.TERMINATION, told["title"], told["effective_on"])
    row = story.amend(contract, draft, paris(told["drafted_at"]), paris(told["drafted_at"]))
    story.sign_amendment(row, story.actors, paris(told["signed_at"]))


def _denounced(story: Story, at: datetime) -> None:
    """A difficulty, an amicable step, then the letters, received by both."""
    told, actor = story.told["denounced"], story.manager
    contract = story.taken_over(at)
    with acting_as(actor):
        difficulty = amendments.raise_difficulty(
            actor=actor, contract_id=contract.pk, subject=told["subject"], raised_on=told["raised_on"],
            at=paris(told["at"]),
        )  # fmt: skip
        amendments.note_step(
            actor=actor, contract_id=contract.pk, difficulty_id=difficulty.pk, taken_on=told["step_on"],
            text=told["step"], at=paris(told["at"]),
        )  # fmt: skip
        row = amendments.denounce(
            actor=actor, contract_id=contract.pk, grounds=told["grounds"], letters={}, at=paris(told["at"]),
            effective_on=told["effective_on"],
        )  # fmt: skip
        sent, received = told["at"].date(), paris(told["received_at"])
        for number, letter in zip(told["numbers"], RegisteredLetter.objects.filter(denunciation=row), strict=True):
            amendments.note_receipt(
                actor=actor, contract_id=contract.pk, letter_id=letter.pk,
                letter=amendments.LetterDraft(number, sent), received_on=received.date(), at=received,
            )  # fmt: skip


def _renewed(story: Story, at: datetime) -> None:
    """Expired at the end of 2025; the next one is prepared from its text."""
    contract = story.taken_over(at)
    told_at = paris(story.told["renewed"]["at"])
    amendments.follow_ends(at=told_at)
    with acting_as(story.labour):
        services.prepare_after(actor=story.labour, source_id=contract.pk, beginning=story.beginning(), at=told_at)


STORIES = {
    "draft": _draft,
    "in_consultation": _in_consultation,
    "to_sign": _to_sign,
    "amended": _amended,
    "terminated": _terminated,
    "denounced": _denounced,
    "renewed": _renewed,
}


def _paper(contract: Contract, reference: str, at: datetime) -> Paper:
    """A signed copy of the demonstration: a page that says that it is one."""
    data = {
        "institutions": ["Démonstration"], "declaration": contract.title, "part": "Exemplaire signé fictif",
        "provider": "une partie au contrat", "person": "un signataire fictif", "instant": "à la date de signature",
        "values": "1", "hash": reference, "mention": "Démonstration, faits fictifs",
    }  # fmt: skip
    pdf = typeset("letter-receipt", data, title="Exemplaire signé", reference=reference, at=at).pdf
    return Paper(Attachment(f"{reference.lower()}-signe.pdf", pdf), reference, today_of(contract, at))
