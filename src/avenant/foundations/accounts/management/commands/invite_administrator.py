from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from avenant.domain.decision import DomainError
from avenant.foundations.accounts.services.invitations import invite_first_administrator
from avenant.foundations.parties.models import Organisation


class Command(BaseCommand):
    help = "Invite le premier administrateur d’un organisme. Les suivants sont invités par lui."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="clé de l’organisme (« carsat-sud-est »)")
        parser.add_argument("email", help="adresse électronique professionnelle")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(key=options["organisation"]).first()
        if organisation is None:
            raise CommandError("Cet organisme n’existe pas.")
        try:
            row = invite_first_administrator(organisation=organisation, email=options["email"], at=timezone.now())
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Invitation en route vers {row.email}.")
