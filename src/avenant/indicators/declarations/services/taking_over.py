"""Former years are taken over: what a former CPOM had counted becomes last year's column and begins the trends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services import ContractDraft, PartyDraft, take_over_contract
from avenant.domain.audiences import OrganisationKind
from avenant.domain.indicators import Definition, Provider, parse_value
from avenant.domain.proof import fingerprint
from avenant.foundations.journal.states import advance
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Unit
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.campaigns.services import settle_region
from avenant.indicators.declarations.former_years import FormerPeriod, FormerReturn, FormerYears, read_former_years
from avenant.indicators.declarations.models import Declaration, DeclaredValue, Part, Submission
from avenant.indicators.declarations.services.control import definitions_used, said_in
from avenant.indicators.declarations.services.opening import HOLDERS


@transaction.atomic
def take_over_years(
    *, actor: Actor, content: bytes, filename: str, former: FormerPeriod | None, at: datetime
) -> FormerYears:
    """Enter what :func:`read_former_years` accepts: contracts when told, closed campaigns, consolidated parts.

    Nothing is due from anybody, and every row says that it was taken over.
    """
    found = read_former_years(actor=actor, content=content, filename=filename, former=former, at=at)
    settings = settle_region(actor=actor)
    made = {
        service.pk: _enter_contract(actor, service, former, found.returns, at)
        for service in found.without_contract
        if former
    }
    years = sorted({one.year for one in found.returns})
    collections = {year: _closed_campaign(actor, settings, year, at) for year in years}
    for one in found.returns:
        contract = one.contract or made[one.service.pk]
        _enter_return(actor, collections[one.year], contract, settings, one, at)
    return found


def _enter_contract(
    actor: Actor, service: Organisation, former: FormerPeriod, returns: Iterable[FormerReturn], at: datetime
) -> Contract:
    """The former contract of a service, with the indicators that the file counts; ended when its last day is past."""
    records = {record: None for one in returns if one.service == service for record in one.typed}
    parties = [PartyDraft(Organisation.objects.get(pk=actor.organisation_id), ContractParty.Role.LABOUR)]
    parties += [
        PartyDraft(fund, ContractParty.Role.FUND)
        for fund in Organisation.objects.filter(territory_id=actor.territory, kind=OrganisationKind.FUND.value)
    ]
    years = f"{former.first_year}-{former.last_year}"
    contract = take_over_contract(
        actor=actor,
        at=at,
        draft=ContractDraft(
            key=slugify(f"cpom {service.key} {years}"),
            kind=Contract.Kind.CPOM_SERVICE,
            title=f"CPOM {years}, {service.name}",
            territory_id=service.territory_id,
            starts_on=date(former.first_year, 1, 1),
            ends_on=date(former.last_year, 12, 31),
            parties=(*parties, PartyDraft(service, ContractParty.Role.SERVICE)),
            definitions=tuple(records),
            source="Reprise d’années antérieures par la direction du travail",
            fictional=service.fictional,
        ),
    )
    if contract.ends_on and contract.ends_on < at.date():
        advance(contract, "end", actor=actor, at=at, reason=f"Terme atteint le 31 décembre {former.last_year}.")
    return contract


def _closed_campaign(actor: Actor, settings: RegionSettings, year: int, at: datetime) -> Campaign:
    """The campaign that holds a year taken over; it was never open to anybody."""
    campaign = campaigns.find_campaign(actor, year)
    if campaign is None:
        campaign = Campaign.objects.create(
            circle_id=settings.circle_id,
            territory_id=settings.territory_id,
            year=year,
            opens_on=at.date(),
            due_at=at,
            taken_over=True,
            state=Campaign.lifecycle.start,
            state_since=at,
        )
        label, reason = f"Année {year} reprise", "Chiffres repris d’un ancien contrat."
        advance(campaign, "open", actor=actor, at=at, label=label)
        advance(campaign, "close", actor=actor, at=at, reason=reason, label=label)
    return campaign


def _enter_return(
    actor: Actor, campaign: Campaign, contract: Contract, settings: RegionSettings, former: FormerReturn, at: datetime
) -> None:
    declaration = Declaration.objects.create(
        circle_id=contract.circle_id,
        campaign=campaign,
        contract=contract,
        service=former.service,
        year=former.year,
        due_at=at,
        closed_at=at,
        jump_percent=settings.jump_percent,
        control_working_days=settings.control_working_days,
        taken_over=True,
    )
    catalogue = contracts.catalogue_for(list(former.typed))
    values = {record: parse_value(catalogue[record.code], typed).value for record, typed in former.typed.items()}
    parties = {one.role: one.organisation for one in contract.parties.select_related("organisation")}
    for provider, (role, unit) in HOLDERS.items():
        said = {record: _of_provider(catalogue[record.code], value, provider) for record, value in values.items()}
        if role in parties and any(said.values()):
            part = Part.objects.create(
                circle_id=contract.circle_id,
                declaration=declaration,
                provider=provider.value,
                owner=parties[role],
                unit=Unit.objects.filter(organisation=parties[role], key=unit).first() if unit else None,
                state=Part.lifecycle.start,
                state_since=at,
            )
            _hand_in(actor, part, {record: value for record, value in said.items() if value}, at)


def _of_provider(definition: Definition, value: Mapping[str, Any], provider: Provider) -> dict[str, Any]:
    own = {one.key for one in definition.parts_of(provider)}
    return {key: part for key, part in value.items() if key in own}


def _hand_in(actor: Actor, part: Part, said: Mapping[DefinitionRecord, dict[str, Any]], at: datetime) -> None:
    """One submission with its hash, consolidated at once: its provider states nothing again."""
    drafts = [DeclaredValue(circle_id=part.circle_id, definition=record, value=value) for record, value in said.items()]
    submission = Submission.objects.create(
        circle_id=part.circle_id,
        part=part,
        number=1,
        at=at,
        person_id=actor.person_id,
        sha256=fingerprint(said_in([(draft.definition.code, draft) for draft in drafts])),
        receipt=f"AV-{part.declaration.year}-{part.pk.hex[:8].upper()}-1",
    )
    for draft in drafts:
        draft.submission = submission
    DeclaredValue.objects.bulk_create(drafts)
    advance(
        part,
        "take_over",
        actor=actor,
        at=at,
        label=f"Indicateurs {part.declaration.year} repris : {part.owner.short_name}",
        evidence={"receipt": submission.receipt, "sha256": submission.sha256} | definitions_used(said),
    )
