"""Contracts signed before the platform, taken from the list that an institution keeps in a spreadsheet."""

from __future__ import annotations

import re
import uuid
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final

from django.utils import timezone
from django.utils.text import slugify

from avenant.contracts.drafting import selectors
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services import ContractDraft, PartyDraft, prepare_contract, take_over_contract
from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision, DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_date, parse_date, quoted, typeset
from avenant.foundations.imports.kinds import Kind, LineReader, TakenLine, Target, register
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.journal.services import drop
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation

ROLES: Final = {
    OrganisationKind.SERVICE: ContractParty.Role.SERVICE,
    OrganisationKind.FUND: ContractParty.Role.FUND,
    OrganisationKind.LABOUR: ContractParty.Role.LABOUR,
    OrganisationKind.ARS: ContractParty.Role.ARS,
    OrganisationKind.ESTABLISHMENT: ContractParty.Role.ESTABLISHMENT,
}
KINDS: Final = {
    "cpom": Contract.Kind.CPOM_SERVICE,
    "cpom spsti": Contract.Kind.CPOM_SERVICE,
    **{fold(kind.label): kind for kind in Contract.Kind},
    **{fold(kind.value): kind for kind in Contract.Kind},
}
STATES: Final = {"": "", "en vigueur": "in_force", "signe": "in_force", "termine": "ended", "echu": "ended",
                 "clos": "ended", "en preparation": "draft", "projet": "draft"}  # fmt: skip
ENTERED: Final = frozenset({"contract.taken_over", "contract.prepared", "contract.bring_into_force", "contract.end"})


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract to enter, and the state in which the list has it."""

    title: str
    kind: Contract.Kind
    parties: tuple[PartyDraft, ...]
    starts_on: date
    ends_on: date
    state: str
    territory: str
    fictional: bool


class Contracts(Kind):
    """One contract a line."""

    key: ClassVar[str] = "contrats"
    label: ClassVar[str] = "Contrats existants"
    lead: ClassVar[str] = "La liste des contrats signés avant la plateforme : titre, nature, parties, dates, état."
    rows: ClassVar[int] = 2_000
    targets: ClassVar[tuple[Target, ...]] = (
        Target("title", "Titre", ("Intitulé", "Contrat", "Objet"), required=True),
        Target("kind", "Nature", ("Type", "Type de contrat"), required=True, help="CPOM, convention, CLACT"),
        Target("parties", "Parties", ("Signataires", "Organismes", "Partenaires"), required=True,
               help="noms courts des organismes, séparés par des points-virgules"),
        Target("starts_on", "Début", ("Date de début", "Prise d’effet", "Date d’effet"), required=True),
        Target("ends_on", "Fin", ("Date de fin", "Terme", "Échéance"), required=True),
        Target("state", "État", ("Statut", "Situation"), help="en vigueur, terminé ou en préparation"),
    )  # fmt: skip

    def may(self, actor: Actor) -> Decision:
        if not actor.has(Role.LABOUR_LEAD):
            return Decision.no("La reprise des contrats revient à la direction du travail qui les pilote.")
        return Decision.yes()

    def reader(self, actor: Actor, at: datetime) -> LineReader:
        known = {(fold(one.title), one.starts_on) for one in selectors.list_contracts(actor)}
        organisations: dict[str, list[Organisation]] = {}
        for one in Organisation.objects.all():
            for said in {fold(one.name), fold(one.short_name), fold(one.key)}:
                organisations.setdefault(said, []).append(one)
        own = Organisation.objects.get(pk=actor.organisation_id)
        today = timezone.localdate(at)

        def read(said: Mapping[str, str]) -> ContractLine:
            starts_on, ends_on = parse_date(said["starts_on"]), parse_date(said["ends_on"])
            if ends_on < starts_on:
                raise DomainError(f"La fin ({format_date(ends_on)}) précède le début.")
            kind = KINDS.get(fold(said["kind"]))
            if kind is None:
                raise DomainError(typeset(f"{quoted(said['kind'])} : nature inconnue."))
            if fold(said["state"]) not in STATES:
                raise DomainError(typeset(f"{quoted(said['state'])} : état inconnu."))
            if (fold(said["title"]), starts_on) in known:
                raise DomainError("Ce contrat est déjà sur la plateforme.")
            parties = _parties(said["parties"], organisations)
            if own not in parties:
                raise DomainError(f"{own.short_name} n’est pas partie à ce contrat : il ne se reprend pas ici.")
            drafts = tuple(PartyDraft(one, ROLES[OrganisationKind(one.kind)]) for one in parties)
            state = STATES[fold(said["state"])] or ("ended" if ends_on < today else "in_force")
            fictional = any(one.fictional for one in parties)
            return ContractLine(
                said["title"][:250], kind, drafts, starts_on, ends_on, state, own.territory_id, fictional
            )

        return read

    def identity(self, line: ContractLine) -> Hashable:
        return fold(line.title), line.starts_on

    def say(self, line: ContractLine) -> str:
        names = ", ".join(one.organisation.short_name for one in line.parties)
        state = Contract.lifecycle.states[line.state]
        term = f"du {format_date(line.starts_on)} au {format_date(line.ends_on)}"
        return f"{line.title} ({line.kind.label}, {state}), {term}\u202f: {names}"

    def take(self, actor: Actor, lines: Sequence[tuple[int, Any]], *, mark: str, at: datetime) -> Iterable[TakenLine]:
        for number, line in lines:
            draft = ContractDraft(
                key=_free_key(line), kind=line.kind, title=line.title, territory_id=line.territory,
                starts_on=line.starts_on, ends_on=line.ends_on, parties=line.parties, source=mark,
                fictional=line.fictional,
            )  # fmt: skip
            enter = prepare_contract if line.state == "draft" else take_over_contract
            contract = enter(actor=actor, at=at, draft=draft)
            if line.state == "ended":
                reason = f"Terme atteint le {format_date(line.ends_on)}, repris comme terminé."
                advance(contract, "end", actor=actor, at=at, reason=reason)
            yield TakenLine(number, contract.pk, contract.title)

    def undo(self, actor: Actor, subjects: Sequence[uuid.UUID], *, at: datetime) -> None:
        for contract in selectors.list_contracts(actor).filter(pk__in=subjects):
            lived = Event.objects.visible_to(actor).filter(circle_id=contract.circle_id).exclude(verb__in=ENTERED)
            if lived.exists():
                raise DomainError(f"{contract} a déjà vécu sur la plateforme : l’import ne s’annule plus.")
            drop(*DueItem.objects.filter(circle_id=contract.circle_id).values_list("key", flat=True))
            record(
                contract.circle_id, verb="contract.undone", label=f"Reprise annulée : {contract}", actor=actor, at=at
            )
            contract.delete()


def _parties(said: str, organisations: Mapping[str, list[Organisation]]) -> list[Organisation]:
    found: list[Organisation] = []
    for name in re.split(r"[;|\n]+", said):
        if not name.strip():
            continue
        named = organisations.get(fold(name), [])
        if len(named) != 1:
            raise DomainError(typeset(f"{quoted(name.strip())} ne désigne pas un organisme de la plateforme."))
        if OrganisationKind(named[0].kind) not in ROLES:
            raise DomainError(typeset(f"{quoted(name.strip())} n'a pas de rôle dans un contrat."))
        found += [one for one in named if one not in found]
    if len(found) < 2:
        raise DomainError("Un contrat a deux parties au moins, séparées par un point-virgule.")
    return found


def _free_key(line: ContractLine) -> str:
    key = slugify(fold(f"{line.title} {line.starts_on.year}"))[:60] or "contrat"
    return f"{key}-{uuid.uuid4().hex[:8]}"


register(Contracts())
