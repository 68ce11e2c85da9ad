"""The access matrix: who opens what, by real requests. ``python -m tests.support.access_table --write`` approves it.

Each line of ``docs/reference/access.md`` is an address and a method, each column a person of the tests, each cell the
status they get in the world of ``tests/support/world.py``. A change of the table is read and approved by a person.
"""

from __future__ import annotations

import subprocess
import sys

from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.support.routes import Route, list_routes
from tests.support.world import CAST, World

HEADINGS = {
    "anonymous": "personne",
    "service": "service",
    "contributor": "contributrice",
    "reader": "lectrice",
    "social_service": "service social",
    "fund": "caisse",
    "labour": "direction du travail",
    "other_service": "autre service",
    "outsider": "autre région",
    "partner": "partenaires sociaux",
    "officer": "chargée d’appel",
    "director": "direction d’établissement",
}
INTRODUCTION = """\
# Who opens what

Generated from real requests by `python -m tests.support.access_table --write`, compared by
`tests/guarantees/test_access.py`. Read each changed line before approving it: it says who gets which status, on the
files of one contract. The other service, the other region and the social partners are strangers to that contract. The
service's part was sent back with a question, the review is being written, a note was published to the social partners.
A dossier was handed in to a call of 2023, closed since: its director and the authority's officer read it.
Every POST carries the same few fields, which suit most forms: a 200 or a 422 to a POST is a form to fill again.

200 shown · 302 done, or sent to the sign-in page · 403 refused with its reason ·
404 does not exist for this person · 409 impossible in this state.
"""
FIELDS = {
    "reason": "Une décision motivée.",
    "text": "Un texte.",
    "kind": "improvement",
    "committee_on": "2026-04-20",
    "opens_on": "2027-01-15",
    "year": "2026",
    "rhythm": "daily",
}
DECISION = {"finding": "Un constat.", "decision": "Une décision.", "owner": "service", "due_on": "2099-03-01"}
ITEM = {"owner": "{owner_id}", "progress": "proposed"}
OTHER_FIELDS = {
    "campaigns:prepare": {"year": "2027", "opens_on": "2028-01-15", "committee_on": "2028-04-07"},
    "catalogue:definition": {"applies_from": "2025-01-01", "contracts": "{contract_id}"},
    "commitments:answer-expertise": {"answer": "accepted"},
    "commitments:add-proof": {"type": "ordre du jour", "title": "Ordre du jour"},
    "commitments:ask-expertise": {"asked_of": "carsat-sud-est", "expertise": "ergonomics", "subject": "Caisses"},
    "commitments:exchanges": {
        "giver": "satdl",
        "receiver": "carsat-sud-est",
        "on": "2026-01-12",
        "what": "Liste",
        "purpose": "Suivi",
        "basis": "article 4",
    },
    "commitments:settle-days": {"days": "06-30"},
    "commitments:state": {"status": "held"},
    "consolidation:add-item": ITEM,
    "consolidation:decide": DECISION | {"contracts": "{contract_id}"},
    "consolidation:decide-here": DECISION,
    "consolidation:edit-item": ITEM,
    "consolidation:follow-up": {"progress": "done"},
    "declarations:sections": {"section": "volet-2", "person": "{colleague_id}", "due_on": "2099-03-01"},
    "drafting:add-indicator": {
        "printed_code": "L2",
        "label": "Réunions",
        "strand": "volet-2",
        "kind": "integer",
        "provider": "service",
        "first_year": "2025",
        "last_year": "2029",
    },
    "drafting:remove": {"from_year": "2029"},
    "drafting:sign": {"signed_on": "2026-01-01"},
    "registers:structure-add": {"contract": "{contract_id}", "name": "Domicile Attentif", "starts_on": "2026-01-05"},
    "registers:structure-transformation": {"on": "2026-01-06", "text": "Des équipes par territoire."},
    "meetings:add-body": {"name": "Réunions", "kind": "technical", "minimum": "0"},
    "meetings:add-item": {"title": "Un point"},
    "meetings:add-representative": {"capacity": "Ingénierie conseil"},
    "meetings:add-seat": {"organisation": "{owner_id}", "capacity": "Médecin coordonnateur"},
    "meetings:add-slots": {
        "first": "2099-03-02",
        "last": "2099-03-03",
        "weekdays": "0",
        "morning": "09:00",
        "minutes": "120",
    },
    "meetings:decide": {"owner": "{owner_id}"},
    "meetings:follow-up": {"progress": "done"},
    "meetings:move": {"day": "2099-04-02", "starts": "09:00", "ends": "11:00"},
    "meetings:plan": {"purpose": "technical", "day": "2099-04-02", "starts": "09:00", "ends": "11:00"},
    "meetings:plannings": {"year": "2028"},
    "meetings:settings": {"name": "Comité", "minimum": "1", "secretariat": "{owner_id}"},
    "registers:add": {"kind": "workshop", "on": "2025-03-12"},
}
"""What some forms ask besides; a value in braces is one of the world's."""


def make_table(world: World) -> str:
    """The table as text. Every request is rolled back: a line says nothing of the one before."""
    sessions = {name: _session(world, name) for name in HEADINGS}
    lines = [
        INTRODUCTION,
        f"| address | method | {' | '.join(HEADINGS.values())} |",
        f"|---|---|{'---|' * len(HEADINGS)}",
    ]
    for route in list_routes():
        for method in sorted(route.view.reads | route.view.writes):
            statuses = (str(ask(world, route, method, sessions[name])) for name in HEADINGS)
            lines.append(f"| `{route.name}` | {method} | {' | '.join(statuses)} |")
    return "\n".join(lines) + "\n"


def ask(world: World, route: Route, method: str, session: str) -> int:
    """The status of one request, which leaves no trace."""
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        address = route.address(world.arguments)
        response = client.post(address, _fields(world, route)) if method == "POST" else client.generic(method, address)
        transaction.set_rollback(True)
    return int(response.status_code)


def _fields(world: World, route: Route) -> dict[str, str]:
    fields = FIELDS | OTHER_FIELDS.get(route.name, {})
    return {name: value.format_map(world.arguments) for name, value in fields.items()}


def _session(world: World, name: str) -> str:
    if name not in CAST:
        return ""
    from avenant.foundations.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(pk=world.actor(name).person_id))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    written = "--write" in sys.argv
    test = "tests/guarantees/test_access.py::test_the_table_is_the_approved_one"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", test]
    sys.exit(subprocess.call([*command, "--write-tables"] if written else command))  # noqa: S603  our own test
