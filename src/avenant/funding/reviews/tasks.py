"""Jobs of the instruction, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("open_instructions", lock="instructions", cron="*/10 * * * *")
def open_instructions() -> None:
    """Open the instruction of the dossiers declared complete."""
    from avenant.funding.reviews.services import opening

    opening.open_waiting_for_system(at=clock.now())


@job("drop_withdrawn", lock="instructions", cron="5-55/10 * * * *")
def drop_withdrawn() -> None:
    """Expect nothing more for the dossiers that were withdrawn."""
    from avenant.funding.reviews.services import opening

    opening.drop_withdrawn_for_system()


@job("open_opinions")
def open_opinions(*, instruction_id: str) -> None:
    """Show the opinions of a dossier to its institutions, once the last is in or the round is closed."""
    from avenant.funding.reviews.services import opinions

    opinions.open_opinions_for_system(instruction_id=uuid.UUID(instruction_id))


@job("tell_post")
def tell_post(*, post_id: str) -> None:
    """Tell a message of an exchange to its audience."""
    from avenant.funding.reviews.services import exchanges

    exchanges.tell_post_for_system(post_id=uuid.UUID(post_id), at=clock.now())


@job("tell_changed_aid")
def tell_changed_aid(*, aid_id: str) -> None:
    """Tell who judged an aid that its funder corrected or withdrew it."""
    from avenant.funding.reviews.services import aids

    aids.tell_changed_aid_for_system(aid_id=uuid.UUID(aid_id), at=clock.now())


@job("lapse_supplements", cron="35 * * * *")
def lapse_supplements() -> None:
    """State that a request stayed without an answer, once its instant has passed."""
    from avenant.funding.reviews.services import supplements

    supplements.lapse_passed_for_system(at=clock.now())
