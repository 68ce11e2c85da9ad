from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.amendments import pages, policies, services
from avenant.contracts.amendments.forms import (
    AnnexForm,
    ChangeForm,
    EndIndicatorForm,
    PartyForm,
    TargetsForm,
)
from avenant.contracts.amendments.views.acts import done, page_of, row_of
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.forms import LocalIndicatorForm
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.contracts import fingerprint_of
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties.models import Organisation


@door(reads={"GET"}, writes={"POST"})
def change(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """What the amendment does to one clause, written against the text as it stands."""
    row = row_of(request, contract_id, amendment_id)
    today = today_of(row.contract, request.now)
    policies.may_write(request.actor, row, today).or_raise()
    key = request.GET.get("clause", "")
    day = max(row.effective_on or today, today)
    clause = next((one for one in drafting.clauses_on(request.actor, row.contract, day) if one.key == key), None)
    said = row.changes.filter(clause_key=key).first() if key else None
    source = said or clause
    initial = {"verb": said.verb if said else "rewrite" if clause else "add"}
    initial |= {name: getattr(source, name, "") for name in ("number", "heading", "body")}
    initial["base"] = fingerprint_of(clause.legal) if clause else ""
    form = ChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            services.change_clause(
                actor=request.actor,
                contract_id=contract_id,
                amendment_id=amendment_id,
                change=form.change(key),
                at=request.now,
            )
            messages.success(request, "La modification est enregistrée.")
            return redirect(row.page())
    context = pages.shared(request.actor, row.contract, request.now)
    return render(request, "amendments/change.html", context | {"amendment": row, "clause": clause, "form": form})


@door(writes={"POST"})
def withdraw_change(
    request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID, change_id: int
) -> HttpResponse:
    """A clause stays as it is."""
    services.withdraw_change(
        actor=request.actor, contract_id=contract_id, amendment_id=amendment_id, change_id=change_id, at=request.now
    )
    messages.success(request, "La modification est retirée de l’avenant.")
    return redirect("amendments:amendment", contract_id, amendment_id)


@door(writes={"POST"})
def retarget(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """New targets of an indicator."""
    row = row_of(request, contract_id, amendment_id)
    policies.may_write(request.actor, row, today_of(row.contract, request.now)).or_raise()
    promises = drafting.list_promises(request.actor, row.contract)
    form = TargetsForm(request.POST, promises=promises, auto_id="targets_%s")
    if form.is_valid():
        said = {"promise_id": form.cleaned_data["promise"].pk, "targets": form.cleaned_data["targets"]}
        return done(request, row, form, "targets_form", "Les cibles de l’avenant sont enregistrées.",
                     services.retarget, **said)  # fmt: skip
    return page_of(request, row, targets_form=form)


@door(writes={"POST"})
def party(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """An organisation takes the place of a party."""
    row = row_of(request, contract_id, amendment_id)
    policies.may_write(request.actor, row, today_of(row.contract, request.now)).or_raise()
    every = Organisation.objects.filter(territory=row.contract.territory)
    form = PartyForm(request.POST, parties=row.contract.parties.all(), organisations=every, auto_id="party_%s")
    if form.is_valid():
        typed = form.cleaned_data
        said = {**typed, "party_id": typed["party"].pk}
        said.pop("party")
        return done(request, row, form, "party_form", "Le changement de partie est enregistré.",
                     services.replace_party, **said)  # fmt: skip
    return page_of(request, row, party_form=form)


@door(reads={"GET"}, writes={"POST"})
def indicator(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """An indicator of the parties' own that the amendment adds; what was typed stays when it cannot be."""
    row = row_of(request, contract_id, amendment_id)
    policies.may_write(request.actor, row, today_of(row.contract, request.now)).or_raise()
    initial = {"first_year": timezone.localdate(request.now).year}
    initial |= {"last_year": row.contract.ends_on.year} if row.contract.ends_on else {}
    form = LocalIndicatorForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            services.promise_indicator(
                actor=request.actor, contract_id=contract_id, amendment_id=amendment_id, indicator=form.indicator(),
                span=form.span(), at=request.now,
            )  # fmt: skip
            messages.success(request, "L’avenant ajoute cet indicateur. Il sera demandé à partir de sa date d’effet.")
            return redirect(row.page())
    context = pages.shared(request.actor, row.contract, request.now)
    return render(request, "amendments/indicator.html", context | {"amendment": row, "form": form})


@door(writes={"POST"})
def end_indicator(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """An indicator that the amendment stops asking."""
    row = row_of(request, contract_id, amendment_id)
    policies.may_write(request.actor, row, today_of(row.contract, request.now)).or_raise()
    form = EndIndicatorForm(
        request.POST, promises=drafting.list_promises(request.actor, row.contract), auto_id="end_%s"
    )
    if form.is_valid():
        said = {"promise_id": form.cleaned_data["promise"].pk, "from_year": form.cleaned_data["from_year"]}
        return done(request, row, form, "end_form", "Le retrait est dans l’avenant.", services.end_indicator, **said)
    return page_of(request, row, end_form=form)


@door(writes={"POST"})
def annex(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """An annex that the amendment joins, replaces or removes."""
    row = row_of(request, contract_id, amendment_id)
    policies.may_write(request.actor, row, today_of(row.contract, request.now)).or_raise()
    known = pages.annexes_of(request.actor, row, request.now)
    form = AnnexForm(request.POST, request.FILES, annexes=known, auto_id="annex_%s")
    if form.is_valid():
        return done(request, row, form, "annex_form", "L’annexe est dans l’avenant.", services.change_annex,
                    draft=form.draft())  # fmt: skip
    return page_of(request, row, annex_form=form)


@door(writes={"POST"})
def leave(
    request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID, what: str, row_id: int
) -> HttpResponse:
    """The amendment leaves an indicator or an annex as it is, after all."""
    said: dict[str, Any] = {
        "actor": request.actor,
        "contract_id": contract_id,
        "amendment_id": amendment_id,
        "at": request.now,
    }
    if what == "annexe":
        services.leave_annex(annex_id=row_id, **said)
    elif what == "indicateur":
        services.leave_indicator(indicator_id=row_id, **said)
    else:
        raise Http404
    messages.success(request, "La modification est retirée de l’avenant.")
    return redirect("amendments:amendment", contract_id, amendment_id)
