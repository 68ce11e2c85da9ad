import pytest, json, uuid
from django.db import IntegrityError, transaction
from tests.conftest import as_system
from tests.guarantees.test_constraints import BREAKS
from tests.guarantees.test_visibility import MODELS, expected, bare, _session, ALSO
from tests.guarantees.test_access import _session as sess, _without
from dataclasses import replace
from tests.support.access_table import HEADINGS, ask, _session as table_session
from tests.support.routes import list_routes
from tests.support.world import CAST, World
from avenant.foundations.parties.actors import acting_as
pytestmark = pytest.mark.django_db
MINE=[r for r in list_routes() if r.name.startswith("reports:")]

def test_all(world: World) -> None:
    out=[]
    sessions = {name: table_session(world, name) for name in HEADINGS}
    for route in MINE:
        for method in sorted(route.view.reads | route.view.writes):
            out.append(f"| `{route.name}` | {method} | {' | '.join(str(ask(world, route, method, sessions[name])) for name in HEADINGS)} |")
    open("/tmp/reports_access.txt","w").write("\n".join(out)+"\n")
    problems=[]
    refused={}
    with as_system():
        for name, insert in BREAKS.items():
            if not name.startswith("reports_"): continue
            try:
                with transaction.atomic():
                    insert()
                problems.append(("no error",name))
            except IntegrityError as error:
                got=error.__cause__.diag.constraint_name
                if got!=name: problems.append((name,got,str(error)[:200]))
    mine=[m for m in MODELS if m._meta.app_label=="reports"]
    seen=set()
    for model in mine:
        for name in CAST:
            actor=world.actor(name)
            with as_system():
                right=expected(model,actor)
            with acting_as(actor):
                if set(model.objects.visible_to(actor).values_list("pk",flat=True))!=right or bare(model)!=right: problems.append(("vis",model,name))
            if right: seen.add(model)
    problems += [("no row",m) for m in mine if m not in seen]
    by_name = {f"{model._meta.model_name}_id": model for model in MODELS} | ALSO
    for route in MINE:
        owner = next((a for a in route.arguments if a in by_name), None)
        if owner is None or "GET" not in route.view.reads: continue
        for name in CAST:
            actor=world.actor(name)
            with acting_as(actor):
                s=by_name[owner].objects.visible_to(actor).filter(pk=world.arguments[owner]).exists()
            status=ask(world,route,"GET",_session(actor))
            if (status==404) is s: problems.append(("404",route.name,name,status))
    for name in ("outsider","other_service"):
        session=sess(world,name)
        files={n for n in world.arguments if n.endswith("_id")}
        for route in MINE:
            if files & set(route.arguments):
                for method in route.view.reads|route.view.writes:
                    st=ask(world,route,method,session)
                    if st!=404: problems.append(("stranger",route.name,method,st))
    for name in ("service",):
        session=sess(world,name)
        for route in MINE:
            for argument in route.arguments:
                nothing=replace(world,arguments=_without(world.arguments,route,argument))
                for method in route.view.reads|route.view.writes:
                    st=ask(nothing,route,method,session)
                    if st not in {403,404,409}: problems.append(("nothing",route.name,argument,method,st))
    open("/tmp/reports_problems.txt","w").write("\n".join(map(str,problems)))
    assert not problems, problems
