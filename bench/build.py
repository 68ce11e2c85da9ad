"""Fills one database of the bench; run in a process of its own: ``python -m bench.build WORLD``."""

import sys

import django

django.setup()

from bench import calls, directory, world  # noqa: E402  models need Django ready

{
    "region": world.build,
    "nation": directory.build,
    "funding": calls.build,
    "envelope": calls.build_envelope,
}[sys.argv[1]]()
