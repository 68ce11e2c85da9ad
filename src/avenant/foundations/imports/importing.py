"""The directory's own kinds: the FINESS file, and organisations. Both are the platform administrator's."""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision, DomainError
from avenant.domain.folding import fold
from avenant.domain.french import quoted, typeset
from avenant.domain.identifiers import BadIdentifier, parse_siren
from avenant.foundations.imports.kinds import Kind, LineReader, TakenLine, Target, register
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Territory


def may_keep_directory(actor: Actor) -> Decision:
    """The directory is common to all: the platform administrator keeps it."""
    if not actor.has(Role.PLATFORM_ADMINISTRATOR):
        return Decision.no("Le répertoire commun revient à l’administrateur de la plateforme.")
    return Decision.yes()


class Finess(Kind):
    """The public directory of health and care establishments."""

    key: ClassVar[str] = "finess"
    label: ClassVar[str] = "Répertoire FINESS"
    lead: ClassVar[str] = (
        "Le fichier des établissements (etalab-cs1100502-stock) ou sa variante avec titres. Les établissements qui n’y "
        "sont plus sont datés comme fermés, aucun n’est effacé."
    )
    large: ClassVar[bool] = True

    def may(self, actor: Actor) -> Decision:
        return may_keep_directory(actor)


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    """An organisation to enter."""

    name: str
    short_name: str
    kind: OrganisationKind
    territory: str
    siren: str
    seat: str
    mailbox: str


class Organisations(Kind):
    """Institutions, services and managers of establishments: what can be a party."""

    key: ClassVar[str] = "organismes"
    label: ClassVar[str] = "Organismes"
    lead: ClassVar[str] = "Les organismes qui peuvent être parties : services, caisses, gestionnaires d’établissements."
    targets: ClassVar[tuple[Target, ...]] = (
        Target("name", "Raison sociale", ("Organisme", "Dénomination", "Nom de l’organisme"), required=True),
        Target("short_name", "Nom court", ("Sigle", "Abréviation")),
        Target("kind", "Nature", ("Type", "Type d’organisme"), required=True,
               help="agence régionale de santé, caisse de sécurité sociale, direction du travail, SPSTI, établissement"),
        Target("territory", "Territoire", ("Région", "Département", "Code territoire"), required=True,
               help="code ou nom d’une région ou d’un département"),
        Target("siren", "SIREN", ("Numéro SIREN",), code=True),
        Target("seat", "Siège", ("Adresse", "Adresse du siège")),
        Target("mailbox", "Boîte fonctionnelle", ("Courriel", "E-mail", "Mail")),
    )  # fmt: skip

    def may(self, actor: Actor) -> Decision:
        return may_keep_directory(actor)

    def reader(self, actor: Actor, at: datetime) -> LineReader:
        territories = {fold(said): one.pk for one in Territory.objects.all() for said in (one.name, one.pk)}
        names = {fold(name) for name in Organisation.objects.values_list("name", flat=True)}

        def read(said: Mapping[str, str]) -> OrganisationLine:
            territory = territories.get(fold(said["territory"]))
            if territory is None:
                raise BadIdentifier(f"{quoted(said['territory'])} : territoire inconnu.")
            if fold(said["name"]) in names:
                raise BadIdentifier(f"{quoted(said['name'])} est déjà un organisme de la plateforme.")
            siren = parse_siren(said["siren"]) if said["siren"] else ""
            return OrganisationLine(
                said["name"][:200], (said["short_name"] or said["name"])[:60], _kind(said["kind"]), territory, siren,
                said["seat"], said["mailbox"][:254],
            )  # fmt: skip

        return read

    def identity(self, line: OrganisationLine) -> Hashable:
        return fold(line.name)

    def say(self, line: OrganisationLine) -> str:
        return f"{line.name}, {line.kind.label}"

    def take(self, actor: Actor, lines: Sequence[tuple[int, Any]], *, mark: str, at: datetime) -> Iterable[TakenLine]:
        for number, line in lines:
            row = Organisation.objects.create(
                key=_free_key(line.name), kind=line.kind.value, name=line.name, short_name=line.short_name,
                territory_id=line.territory, siren=line.siren, seat=line.seat, mailbox=line.mailbox, source=mark,
            )  # fmt: skip
            yield TakenLine(number, row.pk, row.name)

    def undo(self, actor: Actor, subjects: Sequence[uuid.UUID], *, at: datetime) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # The application may not touch the members of circles, even to find that there are none: the keys say.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("DELETE FROM parties_organisation WHERE id = ANY (%s)", [list(subjects)])
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except IntegrityError as error:
            raise DomainError(
                "Un de ces organismes sert déjà sur la plateforme\u202f: l’import ne s’annule plus."
            ) from error


def _kind(text: str) -> OrganisationKind:
    also = {
        "caisse": "fund",
        "carsat": "fund",
        "cgss": "fund",
        "dreets": "labour",
        "deets": "labour",
        "service": "spsti",
    }
    wanted = fold(text)
    for kind in OrganisationKind:
        if wanted in (fold(kind.label), kind.value) or also.get(wanted) == kind.value:
            return kind
    raise DomainError(typeset(f"{quoted(text)} : nature inconnue."))


def _free_key(name: str) -> str:
    key = slugify(fold(name))[:70] or "organisme"
    taken = set(Organisation.objects.filter(key__startswith=key).values_list("key", flat=True))
    number = 1
    while (tried := key if number == 1 else f"{key}-{number}") in taken:
        number += 1
    return tried


register(Finess())
register(Organisations())
