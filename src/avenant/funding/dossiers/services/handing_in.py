"""A dossier is handed in, once, before the deposit closes: number, instant, zone, hash; or it is withdrawn."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime

from django.db import transaction

from avenant.domain.lifecycles import PARTNERS
from avenant.domain.proof import fingerprint
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import admit_to_circle
from avenant.funding.calls.services import take_number
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.checks import Standing, keep_facts, read_afresh
from avenant.funding.dossiers.models import Dossier, Submission
from avenant.funding.dossiers.said import content_said, plain
from avenant.funding.dossiers.services.certifying import certified_as_it_stands
from avenant.funding.dossiers.services.opening import deposit_key
from avenant.rulebooks.check import findings_data


@transaction.atomic
def submit_dossier(*, actor: Actor, dossier_id: uuid.UUID, at: datetime) -> Submission:
    """Hand a dossier in. A second click finds the first deposit; one instant too late is refused, with its sentence.

    The authority and the institutions that give an opinion enter the circle now, never before.
    """
    selectors.get_dossier(actor, dossier_id)
    dossier = (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("call__owner", "owner", "establishment")
        .get(pk=dossier_id)
    )
    done = Submission.objects.filter(dossier=dossier).first()
    if done is not None and dossier.owner_id == actor.organisation_id and dossier.state != "withdrawn":
        return done
    standing = read_afresh(dossier, at=at)
    policies.may_submit(actor, dossier, standing, at=at).or_raise()
    if dossier.call.certified and not certified_as_it_stands(actor, dossier_id):
        policies.NOT_CERTIFIED.or_raise()
    submission = _keep(actor, dossier, standing, at)
    advance(dossier, "submit", actor=actor, at=at, label=f"Dossier déposé, {submission.number}",
            evidence={"number": submission.number, "sha256": submission.sha256})  # fmt: skip
    call = dossier.call
    for organisation in (call.owner, *call.partners.all()):
        role = "autorité" if organisation.pk == call.owner_id else "avis"
        admit_to_circle(circle_id=dossier.circle_id, organisation=organisation, role=role)
    journal.close(deposit_key(dossier.pk))
    return submission


def _keep(actor: Actor, dossier: Dossier, standing: Standing, at: datetime) -> Submission:
    dossier.number, dossier.submitted_at = take_number(dossier.call_id), at
    dossier.outcome = standing.evaluation.outcome.value
    dossier.grant = standing.evaluation.grant
    dossier.save(update_fields=["number", "submitted_at", "outcome", "grant"])
    keep_facts(standing)
    content = content_said(dossier)
    return Submission.objects.create(
        circle_id=dossier.circle_id,
        dossier=dossier,
        number=dossier.number,
        at=at,
        zone=dossier.call.zone,
        person_id=actor.person_id,
        call_version=dossier.call.version,
        rulebook=dossier.call.rulebook,
        digest=standing.book.digest,
        rules=standing.book.to_json(),
        facts=plain(dataclasses.replace(standing.facts, submitted_at=at)),
        findings=findings_data(standing.evaluation),
        content=content,
        sha256=fingerprint(content),
    )


@transaction.atomic
def withdraw_dossier(*, actor: Actor, dossier_id: uuid.UUID, reason: str, at: datetime) -> Dossier:
    """Take the dossier back, with a reason, until its decision is told. The establishment may open another while the
    deposit is open; the institutions that received it are told, and jobs free what its instruction and envelope hold.
    """
    selectors.get_dossier(actor, dossier_id)
    dossier = Dossier.objects.select_for_update(of=("self",)).select_related("call__owner").get(pk=dossier_id)
    policies.may_withdraw(actor, dossier).or_raise()
    received = dossier.state != "draft"
    advance(dossier, "withdraw", actor=actor, at=at, reason=reason, label="Dossier retiré")
    journal.drop(deposit_key(dossier.pk))
    for one in (dossier.call.owner, *dossier.call.partners.all()) if received else ():
        notify_organisation(
            dossier.circle_id, one.pk,
            Message(
                key=f"dossier:{dossier.pk}:withdrawn", title=f"Dossier retiré : {dossier.number}, {dossier.name}",
                act="Voir le dossier", page=dossier.page(), body=reason.strip(),
                consequence="Rien n’est plus attendu de vous pour ce dossier.",
            ), at=at, roles=PARTNERS,
        )  # fmt: skip
    return dossier
