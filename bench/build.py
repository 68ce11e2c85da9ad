"""Fills the bench's database; run in a process of the owner role."""

import django

django.setup()

from bench import world  # noqa: E402  models need Django ready

world.build()
