from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.actions import pages, policies, selectors, services
from avenant.contracts.actions.forms import ProgrammeForm
from avenant.contracts.actions.selectors import ActionLine
from avenant.contracts.actions.services import EnterpriseLine, LinesRead
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.services.collection import Attachment
from avenant.domain.french import counted
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door

PAGE = 50


@door(reads={"GET"}, writes={"POST"})
def enterprises(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """The enterprises that a programme follows, by their steps; a file brings them up to date."""
    line = _line(request, contract_id, clause_key)
    may, form, found = policies.may_follow(request.actor, line.contract), ProgrammeForm(), LinesRead[EnterpriseLine]()
    if request.method == "POST":
        may.or_raise()
        form = ProgrammeForm(request.POST, request.FILES)
        found = _load(request, line, form)
        if found.taken:
            messages.success(request, f"{counted(len(found.lines), 'entreprise mise')} à jour.")
            return redirect("actions:enterprises", contract_id, clause_key)
    rows_form, rows, order = pages.find_enterprises(request.actor, line, request.GET)
    listed = Paginator(rows, PAGE)
    context = pages.head(request.actor, line.contract, request.now) | {
        "line": line,
        "steps": selectors.count_steps(selectors.list_enterprises(request.actor, line.contract, clause_key)),
        "form": rows_form,
        "file_form": form,
        "found": found,
        "page": listed.get_page(request.GET.get("page")),
        "sort": order,
        "sentence": pages.word_enterprises(listed.count, active=rows_form.active),
        "reset": request.path if rows_form.active else "",
        "query": request.GET.urlencode(),
        "may_follow": may,
    }
    return render(request, "actions/enterprises.html", context, status=422 if found.rejected or form.errors else 200)


def _line(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> ActionLine:
    contract = drafting.get_contract(request.actor, contract_id)
    line = selectors.get_action(request.actor, contract, clause_key, timezone.localdate(request.now))
    if line is None or not line.programme:
        raise Http404
    return line


def _load(request: ActorRequest, line: ActionLine, form: ProgrammeForm) -> LinesRead[EnterpriseLine]:
    if form.is_valid():
        sent = form.cleaned_data["file"]
        with refusals_in(form, "file"):
            return services.load_programme(
                actor=request.actor, contract_id=line.contract.pk, clause_key=line.clause.key,
                file=Attachment(sent.name, sent.read()), at=request.now,
            )  # fmt: skip
    return LinesRead[EnterpriseLine]()


@door(reads={"GET"})
def export_enterprises(request: ActorRequest, contract_id: uuid.UUID, clause_key: str, form: str) -> HttpResponse:
    """The same list as a table, which can be corrected and loaded again."""
    line = _line(request, contract_id, clause_key)
    _, rows, _ = pages.find_enterprises(request.actor, line, request.GET)
    name = f"entreprises-{line.contract.key}-{clause_key}"
    return sheet_response(pages.enterprises_sheet(rows), form, name=name, at=request.now)
