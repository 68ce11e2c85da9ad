"""What a contract promises to measure: proposed indicators confirmed, local ones added, targets set, ends decided."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from avenant.contracts.catalogue.local import LocalIndicator, local_definition, local_rules
from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.contracts.catalogue.records import definition_content, set_content, set_of
from avenant.contracts.drafting import policies, selectors
from avenant.contracts.drafting.models import Confirmation, Contract, PromisedIndicator
from avenant.contracts.drafting.services.signing import follow_text
from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words, format_number, parse_number, quoted
from avenant.domain.indicators import Definition, DefinitionSet, Kind, Scope
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor

Targets = Mapping[int, str]
"""What is aimed at, by year, as typed."""


@dataclass(frozen=True, slots=True)
class Span:
    """The calendar years for which an indicator is promised, both included."""

    first: int
    last: int


@transaction.atomic
def confirm_indicators(
    *, actor: Actor, contract_id: uuid.UUID, promise_ids: Collection[int] | None, at: datetime
) -> list[PromisedIndicator]:
    """The actor's party confirms proposed indicators; those that every party has confirmed lose the mark (S1-VI-02).

    ``promise_ids`` None is all of them. What is not proposed, or was already confirmed by this party, is left as it
    is. Returns the ones that lose the mark.
    """
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_confirm(actor, contract).or_raise()
    waiting = (
        selectors.list_promises(actor, contract)
        .filter(proposed=True)
        .exclude(confirmations__organisation=actor.organisation_id)
    )
    wanted = list(waiting if promise_ids is None else waiting.filter(pk__in=promise_ids))
    if not wanted:
        raise DomainError("Choisissez au moins un indicateur que votre organisme n’a pas encore confirmé.")
    Confirmation.objects.bulk_create(
        Confirmation(circle_id=contract.circle_id, promise=promise, organisation_id=actor.organisation_id)
        for promise in wanted
    )
    _record(contract, "confirmed", f"{actor.organisation} confirme\u202f: {_codes(wanted)}", actor=actor, at=at)
    parties = contract.parties.count()
    settled = [promise for promise in wanted if promise.confirmations.count() == parties]
    for promise in settled:
        promise.proposed = False
        promise.save(update_fields=["proposed"])
    if settled:
        _record(contract, "settled", f"Confirmés par toutes les parties\u202f: {_codes(settled)}", actor=actor, at=at)
    return settled


@transaction.atomic
def add_local_indicator(
    *,
    actor: Actor,
    contract_id: uuid.UUID,
    indicator: LocalIndicator,
    span: Span,
    at: datetime,
    targets: Targets | None = None,
) -> PromisedIndicator:
    """Add an indicator of the parties' own to a contract in preparation: each campaign of its years asks it (S1-VI-01).

    Its code is unique in the contract's own set, and printed once in the contract.
    """
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_change_indicators(actor, contract).or_raise()
    promise = enter_indicator(contract, indicator, span, targets or {})
    _record(contract, "indicator_added", f"Indicateur ajouté\u202f: {promise}", actor=actor, at=at)
    return promise


def check_indicator(contract: Contract, indicator: LocalIndicator, span: Span, targets: Targets) -> None:
    """Raise DomainError for years outside the contract, a code that it already prints or used, a target that cannot be."""
    first, last = _years(contract)
    if not first <= span.first <= span.last <= last:
        raise DomainError(f"Les années vont de {first} à {last}, la dernière après la première.")
    printed = {one.definition.printed_code.casefold() for one in contract.promises.select_related("definition")}
    if indicator.printed_code.casefold() in printed:
        raise DomainError(f"Le code {quoted(indicator.printed_code)} est déjà celui d’un indicateur du contrat.")
    definition = _local(contract, indicator, span)
    if DefinitionRecord.objects.filter(set=_code_of_set(contract), code=definition.code).exists():
        raise DomainError(
            f"Le code {quoted(indicator.printed_code)} a déjà servi dans ce contrat\u202f: prenez-en un autre."
        )
    _read_targets(indicator.kind, targets, span)


def enter_indicator(contract: Contract, indicator: LocalIndicator, span: Span, targets: Targets) -> PromisedIndicator:
    """Write an indicator that may be added: by a party of a draft, or by an amendment on its day.

    Raises as :func:`check_indicator`.
    """
    check_indicator(contract, indicator, span, targets)
    one_set, definition = _own_set(contract), _local(contract, indicator, span)
    rank = one_set.definitions.aggregate(last=Max("position"))["last"] or 0
    row = DefinitionRecord.objects.create(
        circle_id=contract.circle_id,
        set=one_set,
        code=definition.code,
        printed_code=definition.printed_code,
        label=definition.label,
        strand=definition.strand,
        position=rank + 1,
        provider=definition.provider.value,
        valid_from=definition.valid_from,
        content=definition_content(definition),
    )
    content = set_of(one_set)
    one_set.content = set_content(replace(content, rules=(*content.rules, *local_rules(definition))))
    one_set.save(update_fields=["content"])
    return PromisedIndicator.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        definition=row,
        first_year=span.first,
        last_year=span.last,
        targets=_read_targets(indicator.kind, targets, span),
    )


def _local(contract: Contract, indicator: LocalIndicator, span: Span) -> Definition:
    return local_definition(
        indicator,
        set_code=_code_of_set(contract),
        clause=str(contract),
        valid_from=contract.starts_on or date(span.first, 1, 1),
    )


@transaction.atomic
def set_targets(*, actor: Actor, promise_id: int, targets: Targets, at: datetime) -> PromisedIndicator:
    """Say what is aimed at, year by year, in a contract in preparation; a year left empty has no target."""
    promise = selectors.get_promise(actor, promise_id, lock=True)
    policies.may_change_indicators(actor, promise.contract).or_raise()
    former, promise.targets = promise.targets, targets_of(promise, targets)
    promise.save(update_fields=["targets"])
    evidence = {"avant": former, "après": promise.targets}
    label = f"Cibles modifiées\u202f: {promise}"
    _record(promise.contract, "targets_set", label, actor=actor, at=at, evidence=evidence)
    return promise


def targets_of(promise: PromisedIndicator, typed: Targets) -> dict[str, str]:
    """What is typed for the years of a promised indicator, as it is kept. Raises DomainError for what cannot be."""
    kind = Kind(promise.definition.content["kind"])
    return _read_targets(kind, typed, Span(promise.first_year, promise.last_year))


@transaction.atomic
def remove_indicator(*, actor: Actor, promise_id: int, from_year: int, at: datetime) -> None:
    """Stop asking for an indicator of a contract in preparation from a year on; the journal says that it was there."""
    promise = selectors.get_promise(actor, promise_id, lock=True)
    contract = promise.contract
    policies.may_change_indicators(actor, contract).or_raise()
    policies.may_remove_from(promise, from_year, at).or_raise()
    label = f"Indicateur retiré à partir de {from_year}\u202f: {promise}"
    end_promise(promise, from_year)
    _record(contract, "indicator_removed", label, actor=actor, at=at)


def end_promise(promise: PromisedIndicator, from_year: int) -> None:
    """Ask for it no more from a year on; what was declared before is kept. From its first year on, nothing is left."""
    if from_year <= promise.first_year:
        promise.delete()
        return
    promise.last_year = from_year - 1
    promise.targets = {year: aim for year, aim in promise.targets.items() if int(year) < from_year}
    promise.save(update_fields=["last_year", "targets"])


def _years(contract: Contract) -> tuple[int, int]:
    """The calendar years of the term; of what is promised while there are no dates."""
    if contract.starts_on and contract.ends_on:
        return contract.starts_on.year, contract.ends_on.year
    first, _, last = contract.title_period.partition("-")
    return int(first), int(last)


def _code_of_set(contract: Contract) -> str:
    return f"local-{contract.pk.hex[:12]}"


def _own_set(contract: Contract) -> IndicatorSet:
    """The set of the contract's own indicators, read in its circle only; made with the first of them."""
    code = _code_of_set(contract)
    label = f"Indicateurs propres au contrat\u202f: {contract}"[:250]
    content = set_content(DefinitionSet(code=code, label=label, scope=Scope.LOCAL, source=str(contract)))
    one_set, _ = IndicatorSet.objects.get_or_create(
        code=code,
        defaults={
            "circle_id": contract.circle_id,
            "label": label,
            "scope": Scope.LOCAL.value,
            "source": str(contract),
            "content": content,
        },
    )
    return one_set


def _read_targets(kind: Kind, typed: Targets, span: Span) -> dict[str, str]:
    """What was typed for each year of the span: a number, a percentage for a rate, a few words otherwise."""
    read: dict[str, str] = {}
    for year, text in sorted(typed.items()):
        if not text.strip():
            continue
        if not span.first <= year <= span.last:
            raise DomainError(f"L’indicateur n’est pas promis en {year}\u202f: sa cible n’a pas d’objet.")
        if kind in (Kind.TEXT, Kind.CHOICE, Kind.LIST):
            read[str(year)] = text.strip()[:100]
            continue
        number = parse_number(text.strip().removesuffix("%"))
        if number < 0 or (kind is Kind.RATE and number > Decimal(100)):
            raise DomainError(f"La cible de {year} est hors des valeurs possibles\u202f: {quoted(text)}.")
        read[str(year)] = format_number(number) + ("\u202f%" if kind is Kind.RATE else "")
    return read


def _codes(promises: Collection[PromisedIndicator]) -> str:
    return enumerate_in_words([one.definition.printed_code for one in promises])


def _record(
    contract: Contract,
    verb: str,
    label: str,
    *,
    actor: Actor,
    at: datetime,
    evidence: Mapping[str, object] | None = None,
) -> None:
    record(
        contract.circle_id,
        verb=f"contract.{verb}",
        label=label,
        actor=actor,
        at=at,
        evidence=evidence,
        page=contract.page(),
    )
    follow_text(contract, actor=actor, at=at)
