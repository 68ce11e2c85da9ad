"""The jobs, measured under the ``system`` role that runs them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from django.db.models import Max
from pypdf import PdfReader

from avenant.foundations.documents import services as documents
from avenant.foundations.meetings.models import Pack, Session
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import services
from avenant.indicators.consolidation.models import Export
from avenant.indicators.consolidation.services import exporting
from avenant.site import packs
from bench import world
from bench.figures import Figure
from bench.pages import act, actor


def measures() -> Iterator[Figure]:
    """Consolidation of a region and year, the workbook of its five years, the session pack."""
    campaigns = {one.year: one for one in Campaign.objects.filter(territory="B00")}
    at = datetime(2026, 3, 3, 8, tzinfo=UTC)
    yield act(
        "consolidation d’une région et d’une année", 1_000,
        lambda: services.consolidate_campaign(campaign_id=campaigns[2024].pk, at=at),
    )  # fmt: skip
    yield _workbook(campaigns, campaigns[2025], at)
    yield session_pack(at)


def session_pack(at: datetime) -> Figure:
    """The papers of a session as the job assembles them: agenda, figures, 300 commitments, an annex of 20 pages."""
    asking = actor(world.SERVICE)
    session = Session.objects.get(year=2026, committee__key__startswith="follow-up-cpom-bench-service-0-0")
    numbers = count((session.packs.aggregate(last=Max("number"))["last"] or 0) + 1)
    pages = []

    def make() -> None:
        pack = Pack.objects.create(
            circle_id=session.circle_id, session=session, number=next(numbers), person_id=asking.person_id,
            organisation_id=asking.organisation_id, at=at,
        )  # fmt: skip
        packs.make_pack(pack_id=pack.pk)
        pack.refresh_from_db()
        if pack.document is None:
            raise RuntimeError("the pack was not made")
        pages.append(len(PdfReader(io.BytesIO(documents.read(pack.document))).pages))

    made = act("dossier de séance", 5_000, make, runs=3)
    return replace(made, note=f"{pages[-1]} pages")


def _workbook(campaigns: Mapping[int, Campaign], last: Campaign, at: datetime) -> Figure:
    """As the job makes it, once the region's figures are consolidated."""
    for year in range(last.year - exporting.YEARS + 1, last.year + 1):
        services.consolidate_campaign(campaign_id=campaigns[year].pk, at=at)
    asking = actor(world.LABOUR)

    def make() -> None:
        export = Export.objects.create(
            circle_id=last.circle_id, campaign=last, person_id=asking.person_id,
            organisation_id=asking.organisation_id, at=at, total=exporting.YEARS + 1,
        )  # fmt: skip
        exporting.make_export(export_id=export.pk)

    return act("classeur de cinq ans d’une région", 3_000, make)
