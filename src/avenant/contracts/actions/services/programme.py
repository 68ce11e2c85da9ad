"""The enterprises that a programme follows, from a file of statuses and counts; a file about people is refused."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.http import Http404

from avenant.contracts.actions import policies, selectors
from avenant.contracts.actions.models import FollowedEnterprise
from avenant.contracts.actions.services.following import page_of
from avenant.contracts.actions.services.reading import LinesRead, read_lines
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import parse_integer, quoted, typeset
from avenant.domain.identifiers import parse_siret
from avenant.domain.personal_rows import refuse_rows_about_people
from avenant.foundations.documents.tables import read_table
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor

COLUMNS: Final = {
    "siret": "SIRET",
    "name": "Raison sociale",
    "identified": "Identification",
    "traced": "Traçabilité",
    "exposed": "Salariés exposés",
}
"""The whole of what is shared about an enterprise; another column is refused, whatever it holds."""
REQUIRED: Final = ("siret", "name", "identified", "traced")
_STEPS: Final = {fold(one.label): one for one in FollowedEnterprise.Step}


@dataclass(frozen=True, slots=True)
class EnterpriseLine:
    """An enterprise as a line of the file gives it."""

    siret: str
    name: str
    identified: FollowedEnterprise.Step
    traced: FollowedEnterprise.Step
    exposed: int | None


@transaction.atomic
def load_programme(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, file: Attachment, at: datetime
) -> LinesRead[EnterpriseLine]:
    """Bring the follow-up of a programme up to date; with a line that cannot be taken nothing is written.

    Raises RowsAboutPeople for a column about workers, named, DomainError for a column that is not shared, Http404 for
    an action that follows no enterprises. The file itself is not kept.
    """
    contract = drafting.get_contract(actor, contract_id, lock=True)
    line = selectors.get_action(actor, contract, clause_key, today_of(contract, at))
    if line is None or not line.programme:
        raise Http404
    policies.may_follow(actor, contract).or_raise()
    found = read_programme(file)
    if found.rejected:
        return found
    for one in found.lines:
        FollowedEnterprise.objects.update_or_create(
            contract=contract,
            clause_key=clause_key,
            siret=one.siret,
            defaults={
                "circle_id": contract.circle_id, "name": one.name, "identified": one.identified, "traced": one.traced,
                "exposed": one.exposed,
            },
        )  # fmt: skip
    found.taken = True
    record(
        contract.circle_id, verb="programme.loaded", actor=actor, at=at, page=page_of(contract),
        label=f"Entreprises suivies\u202f: {len(found.lines)} lignes reprises de {file.name}",
    )  # fmt: skip
    return found


def read_programme(file: Attachment) -> LinesRead[EnterpriseLine]:
    """The lines of a file and what is wrong with the others. Raises DomainError for the file as a whole."""
    table = read_table(file.content, file.name)
    refuse_rows_about_people(table.header, (row.texts for row in table.rows))
    return read_lines(table, _places(table.header), _line)


def _places(header: Sequence[str]) -> dict[str, int]:
    known = {fold(title): name for name, title in COLUMNS.items()}
    places = dict[str, int]()
    for rank, title in enumerate(header):
        name = known.get(fold(title))
        if name is None:
            raise DomainError(
                typeset(
                    f"Colonne {quoted(title)} : le suivi partagé ne porte que des états et des nombres par entreprise. "
                    f"Retirez-la, puis renvoyez le fichier ; rien n'a été enregistré. "
                    f"Colonnes attendues : {', '.join(COLUMNS.values())}."
                ),
                code="column_not_shared",
            )
        places[name] = rank
    missing = [COLUMNS[name] for name in REQUIRED if name not in places]
    if missing:
        raise DomainError(typeset(f"Il manque une colonne : {', '.join(missing)}."))
    return places


def _line(said: dict[str, str]) -> EnterpriseLine:
    if not said["name"]:
        raise DomainError("la raison sociale manque.")
    exposed = said.get("exposed", "")
    return EnterpriseLine(
        parse_siret(said["siret"]),
        said["name"][:200],
        _step(said["identified"]),
        _step(said["traced"]),
        parse_integer(exposed) if exposed else None,
    )


def _step(text: str) -> FollowedEnterprise.Step:
    found = _STEPS.get(fold(text))
    if found is None:
        known = ", ".join(one.label for one in FollowedEnterprise.Step)
        raise DomainError(typeset(f"{quoted(text)} : attendu parmi {known}."))
    return found
