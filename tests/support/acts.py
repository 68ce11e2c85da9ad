"""A contract of a fictional service, taken to the step that a test asks for: drafted, heard, signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from avenant.contracts.amendments import services as amendments
from avenant.contracts.amendments.models import Amendment
from avenant.contracts.amendments.services.amending import act_of as amendment_act
from avenant.contracts.catalogue.local import LocalIndicator
from avenant.contracts.drafting import checklist, selectors, services
from avenant.contracts.drafting.models import ConsistencyCheck, Contract, ContractParty, PromisedIndicator
from avenant.contracts.drafting.services import Beginning, ClauseText, Paper, PartyDraft
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.promises import Span
from avenant.domain.contracts.amending import Verb
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from tests.support.cast import Cast

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def noon(day: date) -> datetime:
    """Midday in UTC: the same day in every French territory."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


MARCH = noon(date(2026, 3, 2))


@dataclass
class Acts:
    """The three parties of a contract of « Val d’Issole », and what they do."""

    cast: Cast

    @property
    def parties(self) -> dict[str, Actor]:
        return {"labour": self.cast.labour, "fund": self.cast.fund, "service": self.cast.other_service}

    def beginning(self, period: str = "2026-2030", years: int = 5) -> Beginning:
        by_key = {
            one.key: one for one in Organisation.objects.filter(key__in=["dreets-paca", "carsat-sud-est", "val-issole"])
        }
        return Beginning(
            key=f"cpom-val-issole-{period}",
            title=f"CPOM {period}, Val d’Issole",
            territory_id="R93",
            parties=(
                PartyDraft(by_key["dreets-paca"], ContractParty.Role.LABOUR, "Directeur régional"),
                PartyDraft(by_key["carsat-sud-est"], ContractParty.Role.FUND, "Directrice générale"),
                PartyDraft(by_key["val-issole"], ContractParty.Role.SERVICE, "Président"),
            ),
            title_period=period,
            duration_years=years,
            fictional=True,
        )

    def begin(self, at: datetime = MARCH) -> Contract:
        with acting_as(self.cast.labour):
            return services.prepare_from_template(
                actor=self.cast.labour, template_key="cpom-spsti", beginning=self.beginning(), at=at
            )

    def write(self, contract: Contract, *, but: tuple[str, ...] = (), at: datetime = MARCH) -> None:
        """Write each clause of the template, but some."""
        with acting_as(self.cast.labour):
            for row in contract.clauses.all():
                if row.key not in but:
                    text = ClauseText(row.number, row.heading, f"Texte de « {row.heading} ».")
                    services.write_clause(
                        actor=self.cast.labour, contract_id=contract.pk, clause_key=row.key, text=text, at=at
                    )

    def hear(
        self, contract: Contract, *, but: tuple[str, ...] = (), on: date = date(2026, 3, 1), at: datetime = MARCH
    ) -> None:
        """Hear the bodies that the law names, but some."""
        hear_all(self.cast.labour, contract, on=on, at=at, but=but)

    def check(self, contract: Contract, *but: str, at: datetime = MARCH) -> None:
        """Find the text consistent with each plan that is compulsory, but some."""
        check_all(self.cast.labour, contract, at=at, but=but)

    def ready(self, at: datetime = MARCH) -> Contract:
        contract = self.begin(at)
        self.write(contract, at=at)
        self.hear(contract, on=at.date() - timedelta(days=1), at=at)
        self.check(contract, at=at)
        return contract

    def opened(self, at: datetime = MARCH) -> Contract:
        contract = self.ready(at)
        with acting_as(self.cast.labour):
            return services.open_to_signature(actor=self.cast.labour, contract_id=contract.pk, at=at)

    def reference(self, who: str, contract: Contract) -> str:
        return reference_for(self.parties[who], contract)

    def sign(
        self, who: str, contract: Contract, *, on: date | None = None, at: datetime = MARCH, reference: str = "",
        content: bytes = PDF, name: str = "signe.pdf",
    ) -> Contract:  # fmt: skip
        actor = self.parties[who]
        paper = Paper(Attachment(name, content), reference or self.reference(who, contract), on or at.date())
        with acting_as(actor):
            return services.sign_contract(actor=actor, contract_id=contract.pk, paper=paper, at=at)

    def in_force(self, at: datetime = MARCH) -> Contract:
        contract = self.opened(at)
        for who in self.parties:
            contract = self.sign(who, contract, at=at)
        return contract

    def signatures(self, contract: Contract) -> dict[str, str]:
        with acting_as(self.cast.labour):
            rows = selectors.list_signatures(self.cast.labour, contract.pk)
            return {one.party.role: one.status for one in rows}

    def amend(
        self, contract: Contract, *changes: tuple[Verb, str, str], kind: str = "content", at: datetime = MARCH,
        **head: object,
    ) -> Amendment:  # fmt: skip
        """An amendment in preparation, each change a verb, a clause and its new text."""
        actor = self.cast.labour
        draft = amendments.AmendmentDraft(Amendment.Kind(kind), "Objet de l’avenant", **head)  # type: ignore[arg-type]
        with acting_as(actor):
            row = amendments.draft_amendment(actor=actor, contract_id=contract.pk, draft=draft, at=at)
            for verb, key, body in changes:
                change = amendments.ChangeDraft(verb, key, heading=f"Intitulé {key}", body=body)
                amendments.change_clause(
                    actor=actor, contract_id=contract.pk, amendment_id=row.pk, change=change, at=at
                )
            return row

    def open_amendment(self, row: Amendment, at: datetime = MARCH) -> Amendment:
        with acting_as(self.cast.labour):
            return amendments.open_amendment(
                actor=self.cast.labour, contract_id=row.contract_id, amendment_id=row.pk, at=at
            )

    def sign_amendment(self, row: Amendment, *who: str, on: date | None = None, at: datetime = MARCH) -> Amendment:
        """Signed by some parties, all by default."""
        for one in who or self.parties:
            actor = self.parties[one]
            with acting_as(actor):
                party = ContractParty.objects.get(contract=row.contract_id, organisation=actor.organisation_id)
                row.contract = selectors.get_contract(actor, row.contract_id)
                reference = amendment_act(actor, row, at).reference(party)
                paper = Paper(Attachment("avenant.pdf", PDF), reference, on or at.date())
                row = amendments.sign_amendment(
                    actor=actor, contract_id=row.contract_id, amendment_id=row.pk, paper=paper, at=at
                )
        return row

    def again(self, contract: Contract) -> Contract:
        with acting_as(self.cast.labour):
            return selectors.get_contract(self.cast.labour, contract.pk)

    def promises(self, contract: Contract) -> list[PromisedIndicator]:
        with acting_as(self.cast.labour):
            return list(selectors.list_promises(self.cast.labour, contract))


def hear_all(lead: Actor, contract: Contract, *, on: date, at: datetime, but: Sequence[str] = ()) -> None:
    """Hear the bodies that the law names, but some."""
    with acting_as(lead):
        for line in checklist.check(lead, contract, at.date()).consultations:
            if line.asked.key not in but:
                services.record_consultation(
                    actor=lead, contract_id=contract.pk, body_key=line.asked.key, heard_on=on,
                    opinion="favourable", remarks="", at=at,
                )  # fmt: skip


def check_all(lead: Actor, contract: Contract, *, at: datetime, but: Sequence[str] = ()) -> None:
    """Find the text consistent with each plan that is compulsory, but some."""
    with acting_as(lead):
        for line in checklist.check(lead, contract, at.date()).checks:
            if line.asked.required and line.asked.key not in but:
                services.record_check(
                    actor=lead, contract_id=contract.pk, subject=ConsistencyCheck.Subject(line.asked.key),
                    found=services.Found(ConsistencyCheck.Result.CONSISTENT), at=at,
                )  # fmt: skip


def reference_for(party: Actor, contract: Contract) -> str:
    """What the foot of the copy that a party signs prints."""
    with acting_as(party):
        row = selectors.signature_of(
            party, contract.pk, ContractParty.objects.get(contract=contract.pk, organisation=party.organisation_id)
        )
    assert row is not None
    return f"CONTRAT-{row.asked_sha256[:12].upper()}"


def sign_by_all(actors: Sequence[Actor], contract: Contract, at: datetime) -> Contract:
    """A contract whose text the first party completes, has heard and checks; then each signs."""
    lead = actors[0]
    with acting_as(lead):
        for line in checklist.check(lead, contract, at.date()).clauses:
            if line.blocking:
                text = ClauseText("", line.asked.label, f"Texte de « {line.asked.label} ».")
                services.add_clause(
                    actor=lead, contract_id=contract.pk, kind=line.asked.kind.value, parent_key="", text=text, at=at
                )
    hear_all(lead, contract, on=at.date() - timedelta(days=1), at=at)
    check_all(lead, contract, at=at)
    with acting_as(lead):
        services.open_to_signature(actor=lead, contract_id=contract.pk, at=at)
    for one in actors:
        paper = Paper(Attachment("signe.pdf", PDF), reference_for(one, contract), at.date())
        with acting_as(one):
            contract = services.sign_contract(actor=one, contract_id=contract.pk, paper=paper, at=at)
    return contract


def agree(
    actors: Sequence[Actor], contract: Contract, change: Callable[[Actor, Amendment], object], at: datetime
) -> Amendment:
    """An amendment without a day of its own, written by the first of the parties, then signed by all of them."""
    first, draft = actors[0], amendments.AmendmentDraft(Amendment.Kind.CONTENT, "Ce qui est mesuré")
    with acting_as(first):
        row = amendments.draft_amendment(actor=first, contract_id=contract.pk, draft=draft, at=at)
        change(first, row)
        amendments.open_amendment(actor=first, contract_id=contract.pk, amendment_id=row.pk, at=at)
    for one in actors:
        with acting_as(one):
            party = ContractParty.objects.get(contract=contract.pk, organisation=one.organisation_id)
            row.contract = selectors.get_contract(one, contract.pk)
            paper = Paper(Attachment("avenant.pdf", PDF), amendment_act(one, row, at).reference(party), at.date())
            row = amendments.sign_amendment(actor=one, contract_id=contract.pk, amendment_id=row.pk, paper=paper, at=at)
    return row


def promise(
    actors: Sequence[Actor], contract: Contract, indicator: LocalIndicator, span: Span, at: datetime, **more: object
) -> PromisedIndicator:
    """An indicator of the parties' own that an amendment signed by all has added."""

    def add(actor: Actor, row: Amendment) -> None:
        amendments.promise_indicator(
            actor=actor, contract_id=contract.pk, amendment_id=row.pk, indicator=indicator, span=span, at=at,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip

    agree(actors, contract, add, at)
    with acting_as(actors[0]):
        return PromisedIndicator.objects.select_related("definition", "contract").get(
            contract=contract.pk, definition__printed_code=indicator.printed_code
        )
