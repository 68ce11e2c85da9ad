"""The socle of good practices of an ARS: a version adopted, the next being written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from avenant.demo.building.funding import there
from avenant.demo.building.people import Cast
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.grants.models import Socle
from avenant.funding.grants.services import socle
from avenant.references.reading import read, typeset_content


def tell_socle(cast: Cast) -> None:
    """Write a version and adopt it, then begin the next."""
    told, actor = typeset_content(read("demo/socle")), cast.person("convention-ars-martinique")
    with acting_as(actor):
        first = _write(actor, told["title"], told["practices"], there(told["written_at"]))
        socle.adopt_socle(actor=actor, socle_id=first.pk, at=there(told["adopted_at"]))
        _write(actor, told["title"], told["next_practices"], there(told["next_at"]))


def _write(actor: Actor, title: str, practices: Iterable[tuple[str, bool, bool]], at: datetime) -> Socle:
    version = socle.prepare_socle(actor=actor, title=title, at=at)
    for label, staff, residents in practices:
        socle.add_practice(
            actor=actor, socle_id=version.pk, label=label, for_staff=staff, for_residents=residents, at=at
        )
    return version
