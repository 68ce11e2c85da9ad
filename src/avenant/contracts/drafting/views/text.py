from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.drafting import policies, printing, programme_pages, selectors, services, text_pages
from avenant.contracts.drafting.forms import (
    CompareForm,
    ContributionForm,
    DayForm,
    OrientationsForm,
    PurposesForm,
    ReadingForm,
)
from avenant.contracts.drafting.models import ClauseTag, Contract, Provision
from avenant.contracts.drafting.text_pages import Text
from avenant.domain.contracts import ClauseKind
from avenant.domain.contracts.comparison import compare, only
from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import PDF, file_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door

PAGE = 50


def _read(request: ActorRequest, contract_id: uuid.UUID) -> tuple[Contract, Text, dict[str, object]]:
    """The contract, its text today, and what every part of its page carries."""
    contract = selectors.get_contract(request.actor, contract_id)
    today = timezone.localdate(request.now)
    text = Text(request.actor, contract, today)
    shared = {
        "contract": contract,
        "tabs": text.tabs,
        "standing": contract.standing(today),
    }
    return contract, text, shared


@door(reads={"GET"})
def show_text(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The whole text as it stands on a day (``?au=``), with its table of contents."""
    contract, text, shared = _read(request, contract_id)
    form = DayForm(request.GET)
    day = form.wanted("au") or timezone.localdate(request.now)
    if day != timezone.localdate(request.now):
        text = Text(request.actor, contract, day)
    context = {
        **shared,
        **text_pages.around(request.actor, text, day),
        "text": text,
        "parties": text_pages.party_views(contract),
        "designations": [selectors.designation(one, day) for one in contract.parties.all()],
        "day": day,
        "form": form if form.errors else DayForm(initial={"au": day}),
        "is_today": day == timezone.localdate(request.now),
        "turns": selectors.turning_days(request.actor, contract),
    }
    return render(request, "drafting/text.html", context)


@door(reads={"GET"})
def compared(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """What differs between two days, clause by clause and word by word."""
    contract, _, shared = _read(request, contract_id)
    today = timezone.localdate(request.now)
    form = CompareForm(request.GET)
    first, second = form.wanted("du") or contract.starts_on or today, form.wanted("au") or today
    before, after = (selectors.legal_text(request.actor, contract, day) for day in (first, second))
    found = only(compare(before, after), form.wanted("montrer"))
    initial = {"du": first, "au": second, "montrer": form.wanted("montrer")}
    context = {
        **shared,
        "form": form if form.errors else CompareForm(initial=initial),
        "comparison": found,
        "days": (first, second),
        "turns": selectors.turning_days(request.actor, contract),
    }
    return render(request, "drafting/compared.html", context)


@door(reads={"GET"})
def programme(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Strands, objectives and action sheets, and what each purpose is served by."""
    contract, text, shared = _read(request, contract_id)
    tags = selectors.list_tags(request.actor, contract)
    provisions = selectors.list_provisions(request.actor, contract, [Provision.Kind.PURPOSE])
    context = {
        **shared,
        "strands": programme_pages.programme(text, tags),
        "coverage": programme_pages.coverage(text, tags, provisions),
        "orientations": programme_pages.orientation_coverage(text, tags),
        "natures": programme_pages.natures(text, tags, selectors.list_contributions(request.actor, contract)),
        "frameworks": programme_pages.framework_coverage(
            text, tags, selectors.list_frameworks(request.actor, contract)
        ),
    }
    return render(request, "drafting/programme.html", context)


@door(reads={"GET"}, writes={"POST"})
def sheet(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """One action sheet, and the purposes that it serves, which the parties correct."""
    contract, text, shared = _read(request, contract_id)
    tags = selectors.list_tags(request.actor, contract)
    found = next((one for one in programme_pages.sheet_views(text, tags) if one.clause.key == clause_key), None)
    if found is None:
        raise Http404
    lined = [(one.code, one.wording or one.label) for one in programme_pages.orientation_coverage(text, tags)]
    followed = [one.code for one in tags if (one.clause_key, one.family) == (clause_key, ClauseTag.Family.ORIENTATION)]
    listed = selectors.list_provisions(request.actor, contract, [Provision.Kind.PURPOSE])
    served = [one.code for one in tags if one.clause_key == clause_key and one.family == ClauseTag.Family.PURPOSE]
    choices = [(one.code, one.label) for one in programme_pages.coverage(text, tags, listed) if one.applicable]
    form = PurposesForm(request.POST or None, purposes=choices, initial={"purposes": served})
    may_tag = policies.may_speak(request.actor, contract)
    if request.method == "POST":
        may_tag.or_raise()
        if form.is_valid():
            purposes = form.cleaned_data["purposes"]
            services.tag_action(
                actor=request.actor, contract_id=contract_id, clause_key=clause_key, purposes=purposes, at=request.now
            )
            messages.success(request, "Les finalités de l’action sont enregistrées. Le texte signé ne change pas.")
            return redirect("drafting:sheet", contract_id, clause_key)
    promised = {one.definition.code: one for one in selectors.list_promises(request.actor, contract)}
    context = {
        **shared,
        "sheet": found,
        "within": text.within(clause_key),
        "above": text.above(found.clause),
        "inner": [one for one in programme_pages.sheet_views(text, tags) if text.stands_in(one.clause, clause_key)],
        "commitments": [one for one in text.of_kind(ClauseKind.COMMITMENT) if text.stands_in(one, clause_key)],
        "measured": [(code, promised.get(code)) for code in found.said.get("indicators", ())],
        "form": form if choices else None,
        "orientations_form": OrientationsForm(orientations=lined, initial={"orientations": followed})
        if lined
        else None,
        "reading_form": ReadingForm(
            frameworks=_frameworks(request, contract),
            initial=programme_pages.reading_of(tags, clause_key),
            auto_id="reading_%s",
        ),
        "reading": programme_pages.reading_words(tags, clause_key),
        "followed": [label for code, label in lined if code in followed],
        "may_tag": may_tag,
    }
    return render(request, "drafting/sheet.html", context)


@door(writes={"POST"})
def orient(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """The parties say which regional orientations an action follows."""
    services.follow_orientations(
        actor=request.actor,
        contract_id=contract_id,
        clause_key=clause_key,
        orientations=request.POST.getlist("orientations"),
        at=request.now,
    )
    messages.success(request, "Les orientations de l’action sont enregistrées. Le texte signé ne change pas.")
    return redirect("drafting:sheet", contract_id, clause_key)


@door(writes={"POST"})
def describe(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """The parties say what an action is and whose priorities it serves."""
    contract = selectors.get_contract(request.actor, contract_id)
    form = ReadingForm(request.POST, frameworks=_frameworks(request, contract))
    if not form.is_valid():
        raise DomainError("Choisissez parmi ce qui est proposé pour cette action.")
    services.describe_action(
        actor=request.actor, contract_id=contract_id, clause_key=clause_key, reading=form.reading(), at=request.now
    )
    messages.success(request, "La lecture de l’action est enregistrée. Le texte signé ne change pas.")
    return redirect("drafting:sheet", contract_id, clause_key)


def _frameworks(request: ActorRequest, contract: Contract) -> list[tuple[str, str]]:
    return [(one.framework_id, one.framework.label) for one in selectors.list_frameworks(request.actor, contract)]


@door(reads={"GET"})
def context_tables(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The tables and figures that the text gives of its context, as printed."""
    contract, text, shared = _read(request, contract_id)
    tables = [text_pages.table_view(one) for one in text.of_kind(ClauseKind.TABLE)]
    figures = [
        (one.content, text.by_key.get(one.clause_key))
        for one in selectors.list_provisions(request.actor, contract, [Provision.Kind.FIGURE])
    ]
    return render(request, "drafting/context.html", {**shared, "tables": tables, "figures": figures})


@door(reads={"GET"}, writes={"POST"})
def contributions(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """What each party brings, and its share; my party declares its own."""
    contract, text, shared = _read(request, contract_id)
    today = timezone.localdate(request.now, ZoneInfo(contract.territory.time_zone))
    actions = [(one.key, str(one)) for one in text.of_kind(*services.ACTIONS)]
    form = ContributionForm(request.POST or None, actions=actions, initial={"year": today.year})
    if request.method == "POST":
        policies.may_contribute(request.actor, contract).or_raise()
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            services.declare_contribution(
                actor=request.actor, contract_id=contract_id, means=form.means(), at=request.now
            )
            messages.success(request, "L’apport est déclaré.")
            return redirect("drafting:contributions", contract_id)
    lines = text_pages.contribution_lines(text, selectors.list_contributions(request.actor, contract))
    may = policies.may_contribute(request.actor, contract)
    context = {
        **shared,
        "printed": [one for one in lines if one.row.printed],
        "declared": [(one, policies.may_withdraw(request.actor, one.row)) for one in lines if not one.row.printed],
        "form": form,
        "may": may,
    }
    return render(request, "drafting/contributions.html", context)


@door(writes={"POST"})
def withdraw_contribution(request: ActorRequest, contract_id: uuid.UUID, contribution_id: int) -> HttpResponse:
    """My party withdraws what it declared."""
    services.withdraw_contribution(
        actor=request.actor, contract_id=contract_id, contribution_id=contribution_id, at=request.now
    )
    messages.success(request, "L’apport est retiré.")
    return redirect("drafting:contributions", contract_id)


@door(reads={"GET"})
def printed(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The contract as a PDF, from its data."""
    contract = selectors.get_contract(request.actor, contract_id)
    document = printing.print_contract(request.actor, contract, at=request.now)
    return file_response(document.pdf, name=f"{contract.key}.pdf", media_type=PDF)
