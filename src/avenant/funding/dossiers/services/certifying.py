"""A second person of the establishment certifies the dossier as it stands, where the call asks for it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.domain.proof import fingerprint
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.models import Certification
from avenant.funding.dossiers.said import content_said
from avenant.funding.dossiers.services.writing import _editing


@transaction.atomic
def certify_dossier(*, actor: Actor, dossier_id: uuid.UUID, at: datetime) -> Certification:
    """Certify the content as it stands, by its hash. Somebody else then hands it in; a change makes it void."""
    dossier = _editing(actor, dossier_id, at)
    policies.may_certify(actor, dossier, at=at).or_raise()
    digest = fingerprint(content_said(dossier))
    made, _ = Certification.objects.update_or_create(
        dossier=dossier,
        defaults={"circle_id": dossier.circle_id, "person_id": actor.person_id, "at": at, "sha256": digest},
    )
    record(
        dossier.circle_id, verb="dossier.certify", label="Dossier certifié par une seconde personne", actor=actor, at=at,
        page=dossier.page(), subject=dossier.pk, evidence={"sha256": digest},
    )  # fmt: skip
    return made


def certified_as_it_stands(actor: Actor, dossier_id: uuid.UUID) -> bool:
    """Is the certification that of the content as it stands now."""
    dossier = selectors.get_dossier(actor, dossier_id)
    held = getattr(dossier, "certification", None)
    return held is not None and held.sha256 == fingerprint(content_said(dossier))
