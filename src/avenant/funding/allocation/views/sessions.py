"""The committee's sessions: those of a call, one session with its dossiers in rank, one dossier before the committee."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.funding.deciding import above_reference, proportion
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_events
from avenant.foundations.meetings import selectors as meetings
from avenant.foundations.paging import Pages, word_count
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, scores, selectors, tables
from avenant.funding.allocation.forms import (
    AwardForm,
    ClosingForm,
    LineFilter,
    OpinionForm,
    PrepareForm,
    ProposalForm,
    SourceForm,
    WhyForm,
    WithdrawForm,
)
from avenant.funding.allocation.models import Examined, Selection
from avenant.funding.allocation.selectors import AidSearch, LineSearch
from avenant.funding.allocation.services import sessions as services
from avenant.funding.calls import selectors as calls
from avenant.funding.calls.models import PublishedCall

PAGE = 100
TABS = (
    ("allocation:selection", "Dossiers"),
    ("allocation:scenarios", "Scénarios"),
    ("allocation:rate", "Taux"),
    ("allocation:decisions", "Décisions et suites"),
)


@door(reads={"GET"})
def selections(request: ActorRequest) -> HttpResponse:
    """The calls that I carry or advise on, each with its committee's sessions."""
    actor = request.actor
    found: dict[Any, list[Selection]] = {}
    for one in selectors.list_selections(actor):
        found.setdefault(one.call_id, []).append(one)
    page = Pages(selectors.list_carried_calls(actor), 20).get_page(request.GET.get("page"))
    rows = [(one, found.get(one.pk, []), policies.may_prepare(actor, one)) for one in page]
    return render(request, "allocation/selections.html", {"rows": rows, "page": page})


def _carried(actor: Actor, key: str) -> PublishedCall:
    """A published call whose committee the actor's institution sits on; 404 for the others."""
    call = calls.get_published(key)
    if call.owner_id != actor.organisation_id and not call.partners.filter(pk=actor.organisation_id).exists():
        raise Http404
    return call


@door(reads={"GET"})
def call(request: ActorRequest, key: str) -> HttpResponse:
    """The allocation of one call: its sources, its sessions, what still has no decision."""
    return call_page(request, key)


def call_page(request: ActorRequest, key: str, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of the allocation of a call, with what was typed and not taken."""
    row, actor = _carried(request.actor, key), request.actor
    context = {
        "call": row, "selections": selectors.list_selections(actor, call=row), "sources": selectors.list_sources(actor, row),
        "may_prepare": policies.may_prepare(actor, row), "source_form": SourceForm(),
        "examined": scores.all_examined(actor, row), "revisions": selectors.list_revisions(actor, row)[:5],
        "late": selectors.list_late(actor, row, selectors.today_of(row, request.now)).count(),
        **forms,
    }  # fmt: skip
    return render(request, "allocation/call.html", context, status=status)


@door(reads={"GET"}, writes={"POST"})
def prepare(request: ActorRequest, key: str) -> HttpResponse:
    """Prepare a session of the committee on the complete dossiers of a call."""
    row, actor = _carried(request.actor, key), request.actor
    form = PrepareForm(request.POST or None, envelopes=selectors.list_own_envelopes(actor), zone=row.zone)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            made = services.prepare_selection(actor=actor, call=row, said=form.said(), at=request.now)
            return redirect(made.page())
    context = {"call": row, "form": form, "may_prepare": policies.may_prepare(actor, row)}
    return render(request, "allocation/prepare.html", context, status=422 if form.errors else 200)


def _search(request: ActorRequest) -> tuple[LineFilter, LineSearch]:
    form = LineFilter(request.GET, territories=selectors.list_territories(request.actor))
    form.is_valid()
    said = form.cleaned_data
    return form, LineSearch(
        territory=said.get("territoire", ""), outcome=said.get("proposition", ""), opinion=said.get("avis", ""),
        text=said.get("texte", ""), sort=request.GET.get("tri", ""),
    )  # fmt: skip


@door(reads={"GET"})
def selection(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """A session: who is there, the dossiers in rank, what is proposed."""
    return selection_page(request, selectors.get_selection(request.actor, selection_id))


def selection_page(request: ActorRequest, row: Selection, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a session, with what was typed and not taken."""
    actor = request.actor
    form, search = _search(request)
    page = Pages(selectors.list_open_lines(actor, row, search), PAGE).get_page(request.GET.get("page"))
    noted = meetings.attendance_of(actor, row.meeting)
    totals = selectors.totals_of(actor, row)
    places = dict(form.fields["territoire"].choices)  # type: ignore[attr-defined]
    rows = [(one, places.get(one.territory_code, "")) for one in page]
    context = {
        **frame(actor, row), "form": form, "page": page, "rows": rows, "sort": search.sort or "rang",
        "sentence": word_count(page.paginator.count, "dossier", none="Aucun"),
        "reset": request.path if any(form.cleaned_data.values()) else "", "query": request.GET.urlencode(),
        "totals": totals, "quorum": meetings.quorum_of(row.meeting, noted.values()),
        "withdrawals": selectors.list_withdrawals(actor, row),
        "closed_to_me": selectors.count_closed(actor, row),
        "may_work": policies.may_work(actor, row), "may_close": policies.may_close(actor, row, waiting=totals.unproposed),
        "journal": list_events(actor, row.circle_id).filter(subject=row.pk)[:10],
        "close_form": ClosingForm(auto_id="close_%s"), "cancel_form": WhyForm(auto_id="cancel_%s"),
        "reopen_form": WhyForm(auto_id="reopen_%s"), **forms,
    }  # fmt: skip
    return render(request, "allocation/selection.html", context, status=status)


def frame(actor: Actor, row: Selection) -> dict[str, Any]:
    """What every tab of a session shows: the session, its line of life, its tabs."""
    return {"selection": row, "life": _life(row), "tabs": TABS}


def _life(row: Selection) -> list[dict[str, str]]:
    order = ("prepared", "closed", "decided", "notified")
    labels = ("En préparation", "Séance close", "Décidée", "Notifiée")
    now = order.index(row.state) if row.state in order else 0
    return [
        {"label": label, "status": "done" if rank < now else "now" if rank == now else "next"}
        for rank, label in enumerate(labels)
    ]


@door(reads={"GET"})
def export(request: ActorRequest, selection_id: uuid.UUID, form: str) -> HttpResponse:
    """The dossiers that the page shows, with all their columns."""
    row = selectors.get_selection(request.actor, selection_id)
    rows = selectors.list_open_lines(request.actor, row, _search(request)[1])
    return sheet_response(tables.line_sheet(rows), form, name=f"selection-{row.call.key}-{row.number}", at=request.now)


@door(writes={"POST"})
def rank(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Take up again what the instruction says."""
    row = services.rank_again(actor=request.actor, selection_id=selection_id, at=request.now)
    messages.success(request, "Le classement est à jour.")
    return redirect(row.page())


@door(writes={"POST"})
def close(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Close the session: ranking locked, amounts reserved, minutes generated."""
    row, form = selectors.get_selection(request.actor, selection_id), ClosingForm(request.POST, auto_id="close_%s")
    if form.is_valid():
        with refusals_in(form):
            services.close_selection(actor=request.actor, selection_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "La séance est close : le classement est figé et le compte rendu est préparé.")
            return redirect(row.page())
    return selection_page(request, row, status=422, close_form=form)


@door(writes={"POST"})
def cancel(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Cancel a session being prepared."""
    row, form = selectors.get_selection(request.actor, selection_id), WhyForm(request.POST, auto_id="cancel_%s")
    policies.may_prepare(request.actor, row.call).or_raise()
    if form.is_valid():
        with refusals_in(form):
            services.cancel_selection(actor=request.actor, selection_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "La séance est annulée ; une autre peut être préparée.")
            return redirect("allocation:call", row.call.key)
    return selection_page(request, row, status=422, cancel_form=form)


@door(writes={"POST"})
def reopen(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Open again a session of which nothing is decided."""
    row, form = selectors.get_selection(request.actor, selection_id), WhyForm(request.POST, auto_id="reopen_%s")
    policies.may_prepare(request.actor, row.call).or_raise()
    if form.is_valid():
        with refusals_in(form):
            services.reopen_selection(actor=request.actor, selection_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "La séance est rouverte ; l’enveloppe a repris ce qui était réservé.")
            return redirect(row.page())
    return selection_page(request, row, status=422, reopen_form=form)


@door(reads={"GET"})
def line(request: ActorRequest, line_id: uuid.UUID) -> HttpResponse:
    """One dossier before the committee: why this rank, what it measures up to, opinion, proposal, decision."""
    return line_page(request, _line(request.actor, line_id))


def _line(actor: Actor, line_id: uuid.UUID) -> Examined:
    """A dossier of a session that the actor may read."""
    row = selectors.get_line(actor, line_id)
    interested = selectors.closed_to(actor).filter(instruction__dossier_id=row.dossier_id).exists()
    policies.may_read(row, interested=interested).or_raise()
    return row


def line_page(request: ActorRequest, row: Examined, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a dossier before the committee, with what was typed and not taken."""
    actor, session = request.actor, row.selection
    award = selectors.award_of(actor, row)
    proposed = {"outcome": row.outcome or "retained", "amount": row.amount or row.computed, "reason": row.reason,
                "conditions": row.conditions, "override": row.override}  # fmt: skip
    context = {
        "line": row, "selection": session, "award": award, "proportion": proportion(row.total, row.agents, row.payroll),
        "above": above_reference(row.requested, row.reference), "share": selectors.adopted_share(actor, row),
        "withdrawals": selectors.list_withdrawals(actor, session, row),
        "aids": selectors.list_aids(actor, AidSearch(dossier=row.dossier_id)),
        "shares": _shares(actor, row), "may_work": policies.may_work(actor, session),
        "may_decide": _may_decide(actor, row, award), "may_give": scores.may_give_opinion(actor, row.dossier_id),
        "opinion_form": OpinionForm(prefix="opinion"), "proposal_form": ProposalForm(prefix="proposal", initial=proposed),
        "withdraw_form": WithdrawForm(seats=selectors.list_seats(actor, session), prefix="withdraw"),
        "award_form": AwardForm(
            prefix="award", initial={**proposed, "override": "", "decided_on": selectors.today_of(session.call, request.now)}
        ),
        **forms,
    }  # fmt: skip
    return render(request, "allocation/line.html", context, status=status)


def _shares(actor: Actor, row: Examined) -> list[tuple[Any, Any]]:
    known = selectors.list_scenarios(actor, row.selection)
    shares = selectors.shares_of(actor, known, [row]).get(row.pk, {})
    return [(one, shares[one.pk]) for one in known if one.pk in shares]


def _may_decide(actor: Actor, row: Examined, award: Any) -> Any:
    allowed = policies.may_award(row, award)
    if not allowed.allowed:
        return allowed
    return policies.may_decide(actor, row.selection, scores.all_examined(actor, row.selection.call))


@door(writes={"POST"})
def opinion(request: ActorRequest, line_id: uuid.UUID) -> HttpResponse:
    """Record the collegial opinion."""
    row, form = _line(request.actor, line_id), OpinionForm(request.POST, prefix="opinion")
    if form.is_valid():
        with refusals_in(form):
            services.give_opinion(actor=request.actor, line_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "L’avis collégial est enregistré.")
            return redirect(row.page())
    return line_page(request, row, status=422, opinion_form=form)


@door(writes={"POST"})
def withdraw(request: ActorRequest, line_id: uuid.UUID) -> HttpResponse:
    """Note that a member takes no part in this dossier."""
    row = _line(request.actor, line_id)
    form = WithdrawForm(request.POST, seats=selectors.list_seats(request.actor, row.selection), prefix="withdraw")
    if form.is_valid():
        said = form.cleaned_data
        with refusals_in(form):
            services.withdraw_member(
                actor=request.actor, line_id=row.pk, seat_id=int(said["seat"]), reason=said["reason"], at=request.now
            )
            messages.success(request, "Le déport est noté.")
            return redirect(row.page())
    return line_page(request, row, status=422, withdraw_form=form)


@door(writes={"POST"})
def propose(request: ActorRequest, line_id: uuid.UUID) -> HttpResponse:
    """Write what the committee proposes; what is refused stays in the form, with its reason."""
    row, form = _line(request.actor, line_id), ProposalForm(request.POST, prefix="proposal")
    policies.may_work(request.actor, row.selection).or_raise()
    if form.is_valid():
        with refusals_in(form):
            services.propose(actor=request.actor, line_id=row.pk, said=form.said(), at=request.now)
            return redirect(row.page())
    return line_page(request, row, status=422, proposal_form=form)
