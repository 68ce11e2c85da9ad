"""A call at the volume of the design: 10,000 dossiers, a session of 2,000 lines, rules tried, one envelope.

The worlds are made by the services and the bulk copies of the tests; they differ from one another where it costs.
"""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client
from tests.apps.funding.test_allocation_at_once import DECIDED, DOSSIERS, FIT, PROPOSED, decide_twice, prepared
from tests.support.allocation import copies, envelope_of, instructed, judged, one_dossier, session_on
from tests.support.funding import OCTOBER, make_cast, publish
from tests.support.roles import as_system

from avenant import rulebooks
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.reading import read
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import load_directory
from avenant.foundations.parties.models import Membership
from avenant.funding.allocation.models import Envelope, Examined, Selection
from avenant.funding.allocation.services import scenarios
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.selectors import DossierSearch
from avenant.funding.dossiers.services import exporting, trying
from bench import directory, rules
from bench.figures import Figure, measured, spend
from bench.pages import page, queries_of, signed_in

MANY, EXPORTED, LINES, OTHERS = 10_000, 5_000, 2_000, 250
OFFICER, DIRECTOR, DECIDER = "Chargée d’appel", "Directrice d’établissement", "Directrice"
EXPORT = "/dossiers/export.csv?territoire=978"


def _as_application(**_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE avenant_app")


def build() -> None:
    """Run as a superuser who takes the application's role, as the tests do."""
    connection_created.connect(_as_application, dispatch_uid="bench-role")
    cast = make_cast()
    call = publish(cast)
    model = one_dossier(cast, call)
    judged(model)
    copies(model, MANY - 1, state="submitted")
    _make_differ()
    with as_system():
        first = Dossier.objects.filter(state="submitted").order_by("submitted_at").values_list("pk", flat=True)
        Dossier.objects.filter(pk__in=list(first[: LINES - 1])).update(state="complete")
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "20000000.00"))
    with acting_as(cast.officer):
        for method in ("in_order", "uniform_rate", "by_payroll"):
            scenarios.ask_scenario(
                actor=cast.officer, selection_id=selection.pk, method=method, label="", said=Hypotheses(), at=OCTOBER
            )
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("VACUUM ANALYZE")


def _make_differ() -> None:
    """Half the dossiers in another territory, all but the first ones on sites of their own, each with its own facts."""
    load_directory(directory.lines(MANY))
    book, chance = rulebooks.load(rules.CALL), random.Random(971)  # noqa: S311  figures of a bench
    told = []
    for facts in rules.drawn(MANY, chance):
        found = evaluate(book, read(Facts, facts))
        grant = None if found.grant is None else str(found.grant)
        told.append((json.dumps(facts), json.dumps({"outcome": found.outcome.value, "grant": grant})))
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET session_replication_role = replica")  # what was handed in is otherwise never rewritten
        cursor.execute(
            """
            WITH ranked AS (SELECT id, row_number() OVER (ORDER BY submitted_at, id) AS n FROM dossiers_dossier),
            sites AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM parties_establishment WHERE siret LIKE '4%%')
            UPDATE dossiers_dossier d SET
                territory_code = CASE WHEN r.n %% 2 = 0 THEN '978' ELSE '971' END,
                establishment_id = CASE WHEN r.n > %s THEN s.id ELSE d.establishment_id END
            FROM ranked r JOIN sites s USING (n) WHERE d.id = r.id
            """,
            [OTHERS + 1],
        )
        cursor.execute("CREATE TEMPORARY TABLE drawn (n serial, facts jsonb, findings jsonb)")
        cursor.executemany("INSERT INTO drawn (facts, findings) VALUES (%s, %s)", told)
        cursor.execute(
            """
            WITH ranked AS (SELECT id, row_number() OVER (ORDER BY at, id) AS n FROM dossiers_submission)
            UPDATE dossiers_submission s SET facts = d.facts, findings = s.findings || d.findings
            FROM ranked r JOIN drawn d USING (n) WHERE s.id = r.id
            """
        )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SET ROLE avenant_app")


def build_envelope() -> None:
    """A closed session of a hundred dossiers that do not all fit in their envelope."""
    connection_created.connect(_as_application, dispatch_uid="bench-role")
    prepared(make_cast())


def _person(name: str) -> Membership:
    return Membership.objects.select_related("person", "organisation", "unit").get(person__name=name)


def _signed_in(name: str) -> Client:
    return signed_in(_person(name).person.email)


def pages() -> Iterator[Figure]:
    """The lists, one dossier, the exports, the session and its scenarios."""
    officer, director = _signed_in(OFFICER), _signed_in(DIRECTOR)
    actor = Actor.of(_person(OFFICER))
    with acting_as(actor):
        call = PublishedCall.objects.get()
        model = Dossier.objects.get(owner_id=_person(DIRECTOR).organisation_id)
        selection = Selection.objects.get()
        lines = Examined.objects.filter(selection=selection).count()
    if lines != LINES:
        raise RuntimeError(f"{lines} lines in the session")
    of_call = f"/dossiers/?appel={call.pk}"
    yield page("les dossiers (10 000), première page", officer, "/dossiers/")
    yield page("les dossiers, page 100", officer, "/dossiers/?page=100")
    yield page("les dossiers d’un appel, par aide, page 100", officer, f"{of_call}&tri=-aide&page=100")
    yield page("recherche dans les dossiers, un mot rare", officer, "/dossiers/?texte=9876")
    yield page("recherche dans les dossiers, un mot de tous", officer, "/dossiers/?texte=etablissement")
    yield page("la même, page 100", officer, "/dossiers/?texte=etablissement&page=100")
    yield page(f"un dossier, {OTHERS} autres du même établissement (autorité)", officer, model.page())
    yield page("le même (établissement)", director, model.page())
    yield page("une instruction", officer, f"/instruction/dossiers/{model.pk}")
    yield page(f"une séance de sélection ({LINES} dossiers)", officer, selection.page())
    yield page(f"ses scénarios ({LINES} lignes)", officer, f"{selection.page()}/scenarios", 300)
    yield from _exports(officer)


def _exports(officer: Client) -> Iterator[Figure]:
    begun: list[tuple[float, float]] = []

    def streamed() -> None:
        first: list[Any] = []

        def begin() -> None:
            answer = officer.get(EXPORT)
            parts = iter(answer.streaming_content)  # type: ignore[attr-defined]
            first.extend([next(parts), parts])

        begun.append(spend(begin))
        content = first[0] + b"".join(first[1])
        if content.count(b"\n") < EXPORTED:
            raise RuntimeError("the export is short")

    whole = measured(
        f"CSV de {EXPORTED} dossiers, 41 colonnes", streamed, runs=5, bar=2_000, queries=queries_of(streamed)
    )
    spent = [one for _, one in begun]
    yield Figure(
        name="le même, premier octet", wall=statistics.median(one for one, _ in begun), spent=statistics.median(spent),
        best=min(spent), bar=500,
    )  # fmt: skip
    yield whole

    actor = Actor.of(_person(OFFICER))

    def written() -> None:
        """As the job does, in the name of who asked."""
        with acting_as(actor):
            row = exporting.ask_workbook(actor=actor, search=DossierSearch(territory="978"), at=OCTOBER)
            exporting.make_workbook(workbook_id=row.pk)
        if row.total != EXPORTED:
            raise RuntimeError("the workbook is short")

    yield measured(f"XLSX de {EXPORTED} dossiers, par la tâche", written, runs=3, bar=5_000)


def what_if() -> Iterator[Figure]:
    """Other parameters on every dossier of the call, as the job does; half of the answers change."""
    officer, call = Actor.of(_person(OFFICER)), PublishedCall.objects.get()

    def tried() -> None:
        with acting_as(officer):
            essay = trying.ask_what_if(actor=officer, call=call, values={"rate": 35}, at=OCTOBER)
        done = trying.answer_what_if(essay_id=essay.pk, at=OCTOBER)
        if done.done != MANY:
            raise RuntimeError(f"{done.done} dossiers tried")

    yield measured(f"paramètres essayés sur {MANY} dossiers déposés", tried, runs=1, bar=10_000)


def at_once() -> Iterator[Figure]:
    """A hundred dossiers asked twice each by twenty people: what fits is granted once, the rest is refused."""
    decider = Actor.of(_person(DECIDER))
    with acting_as(decider):
        lines = list(Examined.objects.values_list("pk", flat=True))
    told: list[Any] = []
    wall, _ = spend(lambda: told.extend(decide_twice(decider, lines)))
    with acting_as(decider):
        envelope = Envelope.objects.get()
    yes = [line for line, refusal in told if not refusal]
    held = FIT * DECIDED + (DOSSIERS - FIT) * PROPOSED
    if not (len(yes) == len(set(yes)) == FIT and envelope.held == held <= envelope.amount):
        raise RuntimeError(f"{len(yes)} granted, {envelope.held} held of {envelope.amount}")
    note = f"{len(told)} demandes, {FIT} accordées, {Decimal(envelope.held):.0f} € tenus sur {envelope.amount:.0f}"
    yield Figure(name="vingt personnes décident à la fois", wall=wall, note=note)
