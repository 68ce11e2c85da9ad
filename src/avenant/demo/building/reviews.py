"""The yearly reviews: one signed off last year with its PDF, the others being written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from typing import cast as cast_to

from avenant.contracts.drafting.models import Contract
from avenant.demo.building.calendar import paris
from avenant.demo.building.people import Cast
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Organisation
from avenant.indicators.consolidation import printing, services
from avenant.indicators.consolidation.models import Review, ReviewItem


def sign_off(cast: Cast, told: Mapping[str, Any]) -> Review:
    """A review written, signed off and printed."""
    at = paris(told["at"])
    review = write(cast, told, year=told["year"], at=at)
    with acting_as(cast.labour):
        services.sign_off_review(actor=cast.labour, review_id=review.pk, at=at)
    printing.print_review(review_id=review.pk)
    return review


def write(cast: Cast, told: Mapping[str, Any], *, year: int, at: datetime) -> Review:
    """A review with what its strands, improvements and decisions say so far."""
    actor = cast.labour
    with acting_as(actor):
        contract = Contract.objects.visible_to(actor).get(
            parties__organisation__key=told["service"], starts_on__year__lte=year, ends_on__year__gte=year
        )
        review = services.open_review(actor=actor, contract_id=contract.pk, year=year, at=at)
        for strand, text in told["strands"].items():
            services.write_strand(actor=actor, review_id=review.pk, strand=strand, text=text, at=at)
        for kind, items in ((ReviewItem.Kind.IMPROVEMENT, "improvements"), (ReviewItem.Kind.DECISION, "decisions")):
            for item in told[items]:
                content = {**item, "owner": Organisation.objects.get(key=item["owner"])}
                services.add_item(
                    actor=actor, review_id=review.pk, kind=kind, content=cast_to(services.ItemContent, content)
                )
    return review
