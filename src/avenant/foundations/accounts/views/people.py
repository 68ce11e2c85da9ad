"""The administrator's pages: the people of my organisation, invitations, the security log."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from avenant.domain.audiences import Role
from avenant.foundations.accounts import policies, selectors, tables
from avenant.foundations.accounts.forms import (
    AnswerForm,
    InviteForm,
    MembershipForm,
    PeopleFilter,
    ReasonForm,
    SecurityFilter,
)
from avenant.foundations.accounts.services import invitations
from avenant.foundations.accounts.services import people as services
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door

PAGE, EXPORTED = 50, 20_000


@door(reads={"GET"})
def people(request: ActorRequest) -> HttpResponse:
    """The people of my organisation, the invitations and requests that wait."""
    policies.may_administer(request.actor).or_raise()
    form, found = _people(request)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    plural = "s" if len(found) > 1 else ""
    context = {
        "form": form,
        "page": page,
        "sentence": f"{len(found) or 'Aucune'} personne{plural}",
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "sort": request.GET.get("tri", "nom"),
        "query": request.GET.urlencode(),
        "invitations": selectors.list_invitations(request.actor)[:PAGE],
        "proposals": [
            (one, AnswerForm(prefix=one.pk.hex, kind=request.actor.kind))
            for one in selectors.list_proposals(request.actor)[:PAGE]
        ],
    }
    return render(request, "accounts/people.html", context)


@door(reads={"GET"})
def export_people(request: ActorRequest, form: str) -> HttpResponse:
    """What the list shows, as a file."""
    policies.may_administer(request.actor).or_raise()
    return sheet_response(tables.people_sheet(_people(request)[1]), form, name="personnes", at=request.now)


@door(reads={"GET"}, writes={"POST"})
def invite(request: ActorRequest) -> HttpResponse:
    """Ask a person into my organisation."""
    policies.may_administer(request.actor).or_raise()
    units = selectors.list_units(request.actor)
    form = InviteForm(
        request.POST or None,
        units=units,
        kind=request.actor.kind,
        initial={"starts_on": timezone.localdate(request.now)},
    )
    if request.method == "POST" and form.is_valid():
        said = {key: value for key, value in form.said.items() if key != "unit"}
        row = invitations.invite(actor=request.actor, at=request.now, **said)
        messages.success(request, f"L’invitation part vers {row.email}. Son lien sert sept jours, une seule fois.")
        return redirect("accounts:people")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/invite.html", {"form": form}, status=status)


@door(writes={"POST"})
def send_again(request: ActorRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Send an invitation once more."""
    row = invitations.send_again(actor=request.actor, invitation_id=invitation_id, at=request.now)
    messages.success(request, f"Une nouvelle invitation part vers {row.email} ; le lien précédent ne sert plus.")
    return redirect("accounts:people")


@door(writes={"POST"})
def revoke_invitation(request: ActorRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Take an invitation back."""
    invitations.revoke_invitation(actor=request.actor, invitation_id=invitation_id, at=request.now)
    messages.success(request, "L’invitation est retirée.")
    return redirect("accounts:people")


@door(writes={"POST"})
def answer_proposal(request: ActorRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Confirm or refuse that somebody works for my organisation."""
    form = AnswerForm(request.POST, prefix=proposal_id.hex, kind=request.actor.kind)
    roles = {Role(role) for role in form.cleaned_data["roles"]} if form.is_valid() else set()
    roles = set() if request.POST.get("answer") == "refuse" else roles
    today = timezone.localdate(request.now)
    row = services.answer_proposal(
        actor=request.actor, proposal_id=proposal_id, roles=roles, at=request.now, today=today
    )
    messages.success(request, f"{row.person.name} entre dans votre organisme." if roles else "La demande est refusée.")
    return redirect("accounts:people")


@door(reads={"GET"}, writes={"POST"})
def person(request: ActorRequest, membership_id: uuid.UUID) -> HttpResponse:
    """A person of my organisation: roles, unit, dates, and what can be done of the account."""
    row = get_object_or_404(selectors.list_people(request.actor), pk=membership_id)
    policies.may_administer(request.actor).or_raise()
    today = timezone.localdate(request.now)
    initial = {"roles": row.roles, "unit": row.unit_id, "starts_on": row.starts_on, "ends_on": row.ends_on}
    units, kind = selectors.list_units(request.actor), request.actor.kind
    form = MembershipForm(request.POST or None, units=units, kind=kind, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = {key: value for key, value in form.said.items() if key != "unit"}
        services.change_membership(actor=request.actor, membership_id=row.pk, at=request.now, today=today, **said)
        messages.success(request, "Les rôles et les dates sont enregistrés.")
        return redirect("accounts:people")
    return render(request, "accounts/person.html", _person(request, row, form), status=422 if form.is_bound else 200)


@door(writes={"POST"})
def reset_second_factor(request: ActorRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Remove the second factor that a colleague has lost."""
    row = services.reset_second_factor(
        actor=request.actor, membership_id=membership_id, reason=_reason(request), at=request.now
    )
    messages.success(request, f"{row.name} choisira un nouveau second facteur à sa prochaine connexion.")
    return redirect("accounts:person", membership_id=membership_id)


@door(writes={"POST"})
def close_account(request: ActorRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Close an account at once."""
    row = services.close_account(
        actor=request.actor,
        membership_id=membership_id,
        reason=_reason(request),
        at=request.now,
        today=timezone.localdate(request.now),
    )
    messages.success(request, f"Le compte de {row.name} est fermé, avec ses sessions et ses jetons.")
    return redirect("accounts:person", membership_id=membership_id)


@door(writes={"POST"})
def reopen_account(request: ActorRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Open an account again."""
    row = services.reopen_account(actor=request.actor, membership_id=membership_id, at=request.now)
    messages.success(request, f"Le compte de {row.name} est rouvert.")
    return redirect("accounts:person", membership_id=membership_id)


@door(reads={"GET"})
def security_log(request: ActorRequest) -> HttpResponse:
    """What the people of my organisation opened, took away, were refused; who signed in."""
    policies.may_administer(request.actor).or_raise()
    form, rows = _entries(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    context = {
        "form": form,
        "page": page,
        "sentence": f"{count or 'Aucune'} entrée{'s' if count > 1 else ''}",
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "sort": request.GET.get("tri", "-date"),
        "query": request.GET.urlencode(),
    }
    return render(request, "accounts/security_log.html", context)


@door(reads={"GET"})
def export_security_log(request: ActorRequest, form: str) -> HttpResponse:
    """What the log shows, as a file."""
    policies.may_administer(request.actor).or_raise()
    rows = _entries(request)[1][:EXPORTED]
    return sheet_response(tables.entries_sheet(rows), form, name="journal-de-securite", at=request.now)


def _people(request: ActorRequest) -> tuple[PeopleFilter, list[tables.Person]]:
    form = PeopleFilter(request.GET, kind=request.actor.kind)
    form.is_valid()
    sort, today = request.GET.get("tri", "nom"), timezone.localdate(request.now)
    return form, tables.list_people(request.actor, form.cleaned_data, sort=sort, on=today)


def _entries(request: ActorRequest) -> tuple[SecurityFilter, Any]:
    form = SecurityFilter(request.GET)
    form.is_valid()
    return form, tables.list_entries(request.actor, form.cleaned_data, sort=request.GET.get("tri", "-date"))


def _person(request: ActorRequest, row: Any, form: MembershipForm) -> dict[str, Any]:
    return {
        "membership": row,
        "form": form,
        "reason": ReasonForm(),
        "may_reset": policies.may_reset_second_factor(request.actor, row),
        "may_close": policies.may_close(request.actor, row),
        "acknowledged_on": selectors.list_acknowledged(request.actor, [row.person_id]).get(row.person_id),
    }


def _reason(request: ActorRequest) -> str:
    return request.POST.get("reason", "")[:500]
