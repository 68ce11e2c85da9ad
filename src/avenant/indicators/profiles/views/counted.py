from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.declarations import policies as declaring
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.models import Part
from avenant.indicators.profiles import policies, selectors, services
from avenant.indicators.profiles.comparing import compare, not_asked
from avenant.indicators.profiles.forms import CountedForm


@door(reads={"GET"}, writes={"POST"})
def counted(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Bring a counted declaration, and read it beside what is typed."""
    part = _own_part(request, part_id)
    form = CountedForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        policies.may_import(request.actor, part, at=request.now).or_raise()
        if form.is_valid() and _bring(request, part, form):
            return redirect("profiles:counted", part_id)
    return render(request, "profiles/counted.html", _context(request, part, form), status=422 if form.errors else 200)


def _own_part(request: ActorRequest, part_id: uuid.UUID) -> Part:
    part = declarations.get_part(request.actor, part_id)
    decision = policies.may_import(request.actor, part, at=request.now)
    if not declaring.holds_pen(request.actor, part):
        decision.or_raise()
    return part


def _bring(request: ActorRequest, part: Part, form: CountedForm) -> bool:
    file = form.cleaned_data["file"]
    with refusals_in(form, "file"):
        services.import_counted(
            actor=request.actor, part_id=part.pk, name=file.name, content=file.read(), at=request.now
        )
        messages.success(
            request, "La déclaration est vérifiée. Votre saisie n’a pas changé\u202f: choisissez les valeurs."
        )
        return True
    return False


def _context(request: ActorRequest, part: Part, form: CountedForm) -> dict[str, Any]:
    files = list(selectors.list_files(request.actor, part))
    last = files[0] if files else None
    rows = compare(request.actor, part, last)
    kept, shared = selectors.profiles_of(request.actor, part.declaration)
    return {
        "part": part,
        "form": form,
        "files": files,
        "last": last,
        "rows": rows,
        "different": [one for one in rows if one.differs],
        "not_asked": not_asked(request.actor, part, last) if last else [],
        "kept": kept,
        "shared": shared,
        "may_import": policies.may_import(request.actor, part, at=request.now),
        "rules": selectors.rules_for(request.actor, part.declaration.contract),
    }


@door(writes={"POST"})
def take(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Take one counted value, or all those that differ, in the working copy."""
    asked = request.POST.get("definition", "")
    try:
        wanted = [uuid.UUID(asked)] if asked else None
    except ValueError:
        wanted = []
    seen = {name.removeprefix("seen."): str(text) for name, text in request.POST.items() if name.startswith("seen.")}
    taken, conflicts = services.take_values(
        actor=request.actor, part_id=part_id, definition_ids=wanted, seen=seen, at=request.now
    )
    plural = "s" if taken > 1 else ""
    messages.success(request, f"{taken} valeur{plural} comptée{plural} reprise{plural} dans votre saisie.")
    for stale in conflicts.values():
        messages.warning(request, stale.message)
    return redirect("profiles:counted", part_id)
