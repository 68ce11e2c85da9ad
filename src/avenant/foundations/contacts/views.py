from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from avenant.foundations.contacts import policies, selectors, services, tables
from avenant.foundations.contacts.forms import (
    ContactFilter,
    ContactForm,
    EndForm,
    ExchangeForm,
    FollowForm,
    PartnerForm,
    ReviewForm,
)
from avenant.foundations.contacts.models import Contact, Partner
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties.models import Establishment

PAGE, EXPORTED = 50, 20_000


@door(reads={"GET"})
def contacts(request: ActorRequest) -> HttpResponse:
    """The contacts of all my files, and the lists of each."""
    form, rows = _found(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    return render(
        request,
        "contacts/contacts.html",
        {
            "form": form,
            "page": page,
            "files": selectors.list_files(request.actor),
            "sentence": f"{count or 'Aucun'} contact{'s' if count > 1 else ''}",
            "reset": request.path if form.filters else "",
            "query": request.GET.urlencode(),
            "partners": _partners(request, form),
        },
    )


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """What the list shows, as a CSV or a workbook."""
    _, rows = _found(request)
    return sheet_response(tables.contact_sheet(rows[:EXPORTED]), form, name="contacts", at=request.now)


@door(reads={"GET"})
def file(request: ActorRequest, circle_id: uuid.UUID) -> HttpResponse:
    """The lists of one file: who each party has appointed, what is missing, when each list was reviewed."""
    lists = list(selectors.list_lists(request.actor, circle_id))
    if not lists:
        raise Http404
    today = timezone.localdate(request.now)
    return render(
        request,
        "contacts/file.html",
        {
            "title": lists[0].circle.title,
            "lists": [(one, services.gap(one, today), policies.may_keep(request.actor, one)) for one in lists],
            "today": today,
        },
    )


@door(reads={"GET"}, writes={"POST"})
def add(request: ActorRequest, contactlist_id: uuid.UUID) -> HttpResponse:
    """Appoint a contact of my organisation."""
    listing = selectors.get_list(request.actor, contactlist_id)
    policies.may_keep(request.actor, listing).or_raise()
    today = timezone.localdate(request.now).isoformat()
    form = ContactForm(request.POST or None, listing=listing, initial={"starts_on": today})
    if request.method == "POST" and form.is_valid():
        services.add_contact(actor=request.actor, list_id=listing.pk, draft=form.draft, at=request.now)
        messages.success(
            request, "Le contact est enregistré ; les autres parties en sont averties.".replace(" ;", "\u202f;")
        )
        return redirect(listing.page())
    status = 422 if request.method == "POST" else 200
    return render(request, "contacts/add.html", {"form": form, "listing": listing}, status=status)


@door(writes={"POST"})
def end(request: ActorRequest, contact_id: uuid.UUID) -> HttpResponse:
    """A contact holds no longer."""
    contact, form = selectors.get_contact(request.actor, contact_id), EndForm(request.POST)
    policies.may_keep(request.actor, contact.list).or_raise()
    if form.is_valid():
        services.end_contact(
            actor=request.actor, contact_id=contact_id, ends_on=form.cleaned_data["ends_on"], at=request.now
        )
        messages.success(
            request, "La fin du contact est enregistrée ; il reste dans l’historique.".replace(" ;", "\u202f;")
        )
    else:
        messages.error(request, "Donnez la date de fin du contact.")
    return redirect(contact.page())


@door(writes={"POST"})
def follow(request: ActorRequest, contact_id: uuid.UUID) -> HttpResponse:
    """A contact follows more establishments."""
    contact, form = selectors.get_contact(request.actor, contact_id), FollowForm(request.POST)
    policies.may_keep(request.actor, contact.list).or_raise()
    if form.is_valid():
        for one in form.cleaned_data["numbers"]:
            services.follow_establishment(actor=request.actor, contact_id=contact_id, establishment=one)
        messages.success(request, "L’établissement suivi est ajouté.")
    else:
        messages.error(request, " ".join(str(one) for one in form.errors.get("numbers", [])))
    return redirect(contact.page())


@door(writes={"POST"})
def review(request: ActorRequest, contactlist_id: uuid.UUID) -> HttpResponse:
    """The list was reviewed in committee."""
    listing, form = selectors.get_list(request.actor, contactlist_id), ReviewForm(request.POST)
    policies.may_keep(request.actor, listing).or_raise()
    if form.is_valid():
        services.record_review(actor=request.actor, list_id=listing.pk, at=request.now, **form.cleaned_data)
        messages.success(request, "La revue est enregistrée. La prochaine est due dans un an.")
    else:
        messages.error(request, "Donnez la date de la revue et le comité.")
    return redirect(listing.page())


@door(reads={"GET"}, writes={"POST"})
def exchanges(request: ActorRequest, establishment_id: uuid.UUID) -> HttpResponse:
    """The direct exchanges about an establishment; who follows it notes another and reads what was said."""
    establishment = get_object_or_404(Establishment, pk=establishment_id)
    today = timezone.localdate(request.now)
    mine = list(selectors.follows(request.actor, establishment_id, on=today).select_related("list__organisation"))
    others = selectors.who_follows(request.actor, establishment, on=today)
    others = others.exclude(list__organisation_id=request.actor.organisation_id)
    form = ExchangeForm(request.POST or None, givers=mine, receivers=others, initial={"on": today.isoformat()})
    if request.method == "POST":
        policies.may_exchange(mine[0] if mine else None).or_raise()
        if form.is_valid():
            said = form.cleaned_data
            services.log_exchange(
                actor=request.actor, establishment=establishment, giver_id=said["giver"], receiver_id=said["receiver"],
                on=said["on"], subject=said["subject"], text=said["text"], at=request.now,
            )  # fmt: skip
            messages.success(request, "L’échange est noté.")
            return redirect("contacts:exchanges", establishment_id)
    context = {
        "establishment": establishment,
        "rows": selectors.list_exchanges(request.actor, establishment_id, on=today),
        "followers": selectors.who_follows(request.actor, establishment, on=today),
        "may_exchange": policies.may_exchange(mine[0] if mine else None),
        "form": form,
    }
    return render(request, "contacts/exchanges.html", context)


@door(writes={"POST"})
def add_partner(request: ActorRequest, contact_id: uuid.UUID) -> HttpResponse:
    """A partner calls this contact."""
    contact, form = selectors.get_contact(request.actor, contact_id), PartnerForm(request.POST)
    policies.may_keep(request.actor, contact.list).or_raise()
    if form.is_valid():
        services.name_partner(actor=request.actor, contact_id=contact_id, at=request.now, **form.cleaned_data)
        messages.success(request, "Le partenaire est ajouté à l’annuaire.")
    else:
        messages.error(request, "Donnez le nom du partenaire.")
    return redirect(contact.page())


def _partners(request: ActorRequest, form: ContactFilter) -> QuerySet[Partner] | None:
    domain = form.cleaned_data.get("partenaires")
    return selectors.list_partners(request.actor, domain, on=timezone.localdate(request.now)) if domain else None


def _found(request: ActorRequest) -> tuple[ContactFilter, QuerySet[Contact]]:
    form = ContactFilter(
        request.GET,
        files=selectors.list_files(request.actor),
        organisations=selectors.list_organisations(request.actor),
    )
    return form, selectors.list_contacts(request.actor, form.sought(timezone.localdate(request.now)))
