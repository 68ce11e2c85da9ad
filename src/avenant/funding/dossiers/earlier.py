"""What a beneficiary and its group received before: told by the stories above, which keep the aids."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Protocol

from avenant.domain.rules.facts import EarlierAid
from avenant.domain.rules.kinds.amounts import Cap
from avenant.domain.rules.rulebook import Rulebook
from avenant.funding.dossiers.models import Dossier

EarlierAids = Mapping[uuid.UUID, tuple[EarlierAid, ...]]
"""The aids of each dossier's establishment and of its group, by the identifier of the dossier."""


class Teller(Protocol):
    """The aids that whoever reads may see, those of the dossiers themselves left out."""

    def __call__(self, dossiers: Collection[Dossier]) -> EarlierAids: ...


_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Be asked for the earlier aids of dossiers."""
    _tellers.append(teller)


def counts_earlier_aids(book: Rulebook) -> bool:
    """Does a rule of the call add up the aids of several years."""
    return any(one.years is not None for one in book.all_of(Cap))


def list_earlier_aids(dossiers: Collection[Dossier]) -> EarlierAids:
    """The earlier aids of these dossiers, as whoever reads may see them."""
    told: dict[uuid.UUID, tuple[EarlierAid, ...]] = {one.pk: () for one in dossiers}
    for teller in _tellers:
        told |= {pk: (*told[pk], *aids) for pk, aids in teller(dossiers).items()}
    return told
