"""Jobs of the messages, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job
from avenant.foundations.messages import mails, services


@job("remind", lock="reminders", cron="10 * * * *")
def remind() -> None:
    """Each hour, write the reminders of the échéances that have reached a step."""
    services.remind(at=clock.now())


@job("send_mail", lock="mail", cron="*/5 * * * *")
def send_mail() -> None:
    """Every five minutes, queue one job for each person to whom an e-mail is due."""
    for person in mails.list_people_to_write(at=clock.now()):
        write_to.defer(person_id=str(person))


@job("write_to")
def write_to(*, person_id: str) -> None:
    """Send one person their e-mail: on its own, so that the fault of one address holds nobody back."""
    mails.write_to(person_id=uuid.UUID(person_id), at=clock.now())
