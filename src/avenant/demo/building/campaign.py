"""The campaign of the year: each service at the moment of its declaration that its entry tells."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from avenant.demo.building import profiles
from avenant.demo.building.calendar import paris
from avenant.demo.building.figures import Figures
from avenant.demo.building.people import Cast
from avenant.domain.decision import Severity
from avenant.domain.indicators import Provider
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.campaigns.services import prepare_campaign
from avenant.indicators.declarations import selectors
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.rows import Row
from avenant.indicators.declarations.services import control, entry, opening
from avenant.indicators.declarations.sheet import sheet
from avenant.references.reading import read

Service = Mapping[str, Any]
TYPED_BEFORE = timedelta(days=3, hours=1)


def open_campaign(cast: Cast, story: Mapping[str, Any]) -> Campaign:
    """The labour directorate opens the collection of the year for every contract in force, the real one included."""
    at = paris(story["campaign_opens"])
    with acting_as(cast.labour):
        campaign = prepare_campaign(
            actor=cast.labour,
            at=at,
            year=story["campaign_year"],
            opens_on=at.date(),
            committee_on=story["committee_on"],
        )
        return opening.open_campaign(actor=cast.labour, campaign_id=campaign.pk, at=at)


class Collection:
    """Walks each declaration of the campaign to the state that its service's entry tells."""

    def __init__(self, cast: Cast, story: Mapping[str, Any]) -> None:
        self.cast, self.story = cast, story
        self.recipes = read("demo/figures")
        with acting_as(cast.labour):
            returns = selectors.list_declarations(cast.labour, year=story["campaign_year"])
            self.parts = {
                (one.service.key, Provider(part.provider)): part.pk for one in returns for part in one.parts.all()
            }

    def live(self, service: Service) -> None:
        """The fund's parts, then the service's."""
        for provider, state in (
            (Provider.SOCIAL_SERVICE, service["social"]),
            (Provider.FUND_PREVENTION, service["fund"]),
        ):
            if state == "submitted":
                self._hand_in(service, provider, paris(self.story["fund_hands_in_at"]))
            if state == "validated":
                self._hand_in(service, provider, paris(service["at"]))
                self._validate(service, provider)
        if service["state"] == "not_started":
            self._remind(service)
            return
        at = paris(service["at"])
        self._hand_in(service, Provider.SERVICE, at)
        if "remark" in service:
            self._remark(service)
        if service["state"] == "validated":
            self._validate(service, Provider.SERVICE)
        if service["state"] == "returned":
            self._return(service)

    def _hand_in(self, service: Service, provider: Provider, at: datetime) -> None:
        actor, part_id = self.cast.holder(provider, service["key"]), self.parts[service["key"], provider]
        said = service.get("said", {}) if provider is Provider.SERVICE else {}
        factors = {code: one["factor"] for code, one in service.get("said", {}).items() if "factor" in one}
        figures = Figures(service["key"], service["employees"], self.story["campaign_year"], factors)
        typed = figures.typed(self.recipes)
        for person, rows in self._shared_out(actor, part_id).items():
            with acting_as(person):
                entries = [_entry(row, typed[row.definition.code], said.get(row.definition.code, {})) for row in rows]
                entry.save_entries(actor=person, part_id=part_id, entries=entries, at=at - TYPED_BEFORE)
        if provider is Provider.SERVICE:
            profiles.bring(actor, part_id, service["key"], self.story["campaign_year"], at - TYPED_BEFORE)
        with acting_as(actor):
            filled = sheet(actor, selectors.get_part(actor, part_id))
            if filled.blocking or filled.to_justify:
                sentences = [one.sentence for one in filled.findings if one.severity is not Severity.INFORMATION]
                raise ValueError(f"the story of {service['key']} cannot be handed in: {sentences}")
            control.submit_part(actor=actor, part_id=part_id, at=at)

    def _shared_out(self, actor: Actor, part_id: uuid.UUID) -> dict[Actor, list[Row]]:
        """Who types what: at the service that has a contributor, the indicators of the cell are theirs."""
        with acting_as(actor):
            part = selectors.get_part(actor, part_id)
            rows = sheet(actor, part).own_rows
        shared: dict[Actor, list[Row]] = {}
        contributor = self.cast.contributor
        for row in rows:
            theirs = part.owner_id == contributor.organisation_id and row.definition.strand == "volet-1"
            shared.setdefault(contributor if theirs else actor, []).append(row)
        return shared

    def _remark(self, service: Service) -> None:
        with acting_as(self.cast.fund):
            control.remark(
                actor=self.cast.fund,
                part_id=self.parts[service["key"], Provider.SERVICE],
                text=service["remark"],
                at=paris(service["remark_at"]),
            )

    def _validate(self, service: Service, provider: Provider) -> None:
        with acting_as(self.cast.labour):
            control.validate_part(
                actor=self.cast.labour,
                part_id=self.parts[service["key"], provider],
                at=paris(service["validated_at"]),
            )

    def _return(self, service: Service) -> None:
        """Questions from the labour directorate; the service has answered those whose answer is told."""
        told, part_id = self.story["returned"], self.parts[service["key"], Provider.SERVICE]
        codes = self._definitions(part_id)
        asked = [control.Asked(one["text"], codes[one["code"]]) for one in told["questions"]]
        with acting_as(self.cast.labour):
            control.return_part(
                actor=self.cast.labour, part_id=part_id, reason=told["reason"], questions=asked, at=paris(told["at"])
            )
        answers = {one["text"]: one["answer"] for one in told["questions"] if "answer" in one}
        actor = self.cast.manager(service["key"])
        with acting_as(actor):
            part = selectors.get_part(actor, part_id)
            for question in selectors.list_questions(actor, part).filter(text__in=answers):
                control.answer_question(
                    actor=actor, question_id=question.pk, text=answers[question.text], at=paris(told["answered_at"])
                )

    def _definitions(self, part_id: uuid.UUID) -> dict[str, uuid.UUID]:
        with acting_as(self.cast.labour):
            part = selectors.get_part(self.cast.labour, part_id)
            return {row.record.code: row.record.pk for row in sheet(self.cast.labour, part).rows}

    def _remind(self, service: Service) -> None:
        with acting_as(self.cast.labour):
            part: Part = selectors.get_part(self.cast.labour, self.parts[service["key"], Provider.SERVICE])
            record(
                part.circle_id,
                verb="part.reminded",
                label=f"Rappel adressé : indicateurs {part.declaration.year} attendus",
                actor=self.cast.labour,
                at=paris(self.story["reminded_at"]),
                page=part.page(),
                subject=part.pk,
            )


def _entry(row: Row, typed: Mapping[str, Any], said: Mapping[str, Any]) -> entry.Entry:
    unavailable = said.get("unavailable", "")
    own = {component.key for component in row.own}
    return entry.Entry(
        row.record.pk,
        {} if unavailable else {key: value for key, value in typed.items() if key in own},
        unavailable=unavailable,
        comment=said.get("comment", ""),
        justification=said.get("justification", ""),
        check_stale=False,
    )


def live_year(cast: Cast, story: Mapping[str, Any], services: Iterable[Service]) -> None:
    """Every service lives its year."""
    collection = Collection(cast, story)
    for service in services:
        collection.live(service)
