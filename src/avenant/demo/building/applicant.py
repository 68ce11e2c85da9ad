"""Before the receipt: a local contract signed, a shared project, an incident on record, rules tried, consultants listed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from avenant.demo.building.funding import there
from avenant.demo.building.people import Cast
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import Consultant, PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import contracting, trying, writing
from avenant.funding.dossiers.services.writing import RowSaid
from avenant.references.reading import read, typeset_content


def tell_applicant(cast: Cast) -> None:
    """The facts of the file, by the services, at their dates."""
    told = typeset_content(read("demo/applicant"))
    _list_consultants(cast, told)
    _negotiate(cast, told)
    _try_rules(cast, told)


def _list_consultants(cast: Cast, told: Mapping[str, Any]) -> None:
    fund = cast.person("caisse-guadeloupe")
    with acting_as(fund):
        for one in entries(told, "consultant"):
            calls.list_consultant(actor=fund, said=calls.ConsultantSaid(**one))
        Consultant.objects.filter(keeper_id=fund.organisation_id).update(fictional=True)


def _negotiate(cast: Cast, told: Mapping[str, Any]) -> None:
    """The draft of the call open today: its objectives, both signatures, the establishments that share its project."""
    director, said, at = cast.person("direction-etablissement"), told["contract"], there(told["signed_at"])
    with acting_as(director):
        dossier = Dossier.objects.get(owner__key=said["key"], state="draft")
        objectives = [
            _row(label=one["label"], unit=one["unit"], baseline=Decimal(one["baseline"]), target=Decimal(one["target"]),
                 due_on=one["due_on"])
            for one in said["objective"]
        ]  # fmt: skip
        contracting.set_objectives(actor=director, dossier_id=dossier.pk, objectives=objectives, at=at)
        signatures = {
            "management_capacity": said["management"], "management_signed_on": said["management_on"],
            "staff_body": said["staff_body"], "staff_capacity": said["staff"], "staff_signed_on": said["staff_on"],
        }  # fmt: skip
        contracting.tell_signatures(actor=director, dossier_id=dossier.pk, said=signatures, at=at)
        contracting.finalise_contract(actor=director, dossier_id=dossier.pk, at=at)
        partners = [
            _row(name=name, siret="", carrier=carrier, agents=agents, cost_share=Decimal(share))
            for name, carrier, agents, share in told["shared"]["partners"]
        ]
        writing.tell_project(
            actor=director, dossier_id=dossier.pk, position=1, said={"sharing": told["shared"]["sharing"]},
            partners=partners, at=at,
        )  # fmt: skip


def _try_rules(cast: Cast, told: Mapping[str, Any]) -> None:
    officer, incident = cast.person("appel-ars"), told["incident"]
    with acting_as(officer):
        call = PublishedCall.objects.filter(dossiers__submitted_at__isnull=False, year=2023).distinct().get()
        open_call = PublishedCall.objects.exclude(pk=call.pk).get()
        calls.record_incident(
            actor=officer, call_id=open_call.call_id, started_at=there(incident["starts"]), ended_at=there(incident["ends"]),
            what=incident["what"], at=there(told["incident_at"]),
        )  # fmt: skip
        essay = trying.ask_what_if(actor=officer, call=call, values=told["essay"], at=there(told["tried_at"]))
    trying.answer_what_if(essay_id=essay.pk, at=there(told["tried_at"]))


def _row(**values: Any) -> RowSaid:
    return RowSaid(uuid.uuid4(), values)
