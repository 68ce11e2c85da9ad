"""A browser in which somebody is signed in."""

from __future__ import annotations

from django.test import Client

from avenant.foundations.accounts.models import User
from avenant.foundations.parties.actors import Actor


def signed_in(actor: Actor) -> Client:
    """The pages as ``actor`` sees them."""
    client = Client()
    client.force_login(User.objects.get(pk=actor.person_id))
    return client
