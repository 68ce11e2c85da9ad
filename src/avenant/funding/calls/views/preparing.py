"""What the authority does of its calls."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant import rulebooks
from avenant.domain.decision import DomainError
from avenant.domain.rules.coherence import remarks_on
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_events
from avenant.foundations.journal.states import may_advance
from avenant.funding.calls import policies, selectors, services
from avenant.funding.calls.forms import (
    AnswerForm,
    ConsultationForm,
    ExtensionForm,
    FileForm,
    IncidentForm,
    LinkForm,
    NewCallForm,
    OptionsForm,
    ParametersForm,
    ReasonForm,
)
from avenant.funding.calls.models import Call, PublishedCall
from avenant.funding.calls.wording import links_of, parameter_groups, rule_groups


@door(reads={"GET"})
def preparations(request: ActorRequest) -> HttpResponse:
    """The calls that I prepare, or on which I am consulted."""
    context = {
        "calls": list(selectors.list_calls(request.actor)[:200]),
        "may_prepare": policies.may_prepare(request.actor),
        "questions": list(selectors.list_questions(request.actor).filter(answered_at=None)[:20]),
    }
    return render(request, "calls/preparations.html", context)


@door(reads={"GET"}, writes={"POST"})
def prepare(request: ActorRequest) -> HttpResponse:
    """Start a call from a rulebook."""
    policies.may_prepare(request.actor).or_raise()
    form = NewCallForm(request.POST or None, initial={"year": request.now.year})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.prepare_call(
                actor=request.actor, draft=services.CallDraft(**form.cleaned_data), at=request.now,
                partners=list(selectors.list_possible_partners(request.actor)),
            )  # fmt: skip
        except DomainError as error:
            form.add_error("key" if error.code == "taken" else None, error.message)
        else:
            return redirect(made.page())
    return render(request, "calls/prepare.html", {"form": form})


@door(reads={"GET"})
def preparation(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """The working file of a call."""
    row = selectors.get_call(request.actor, call_id)
    return render(request, "calls/preparation.html", _context(request, row))


def _raws(row: Call) -> dict[str, Any]:
    content = rulebooks.load(row.rulebook).content["parameter"]
    raws: dict[str, Any] = {one["name"]: one.get("value") for one in content}
    return {**raws, **row.parameters}


def options_form(row: Call, data: Any = None) -> OptionsForm:
    """The head and the options of a call as they are kept."""
    names = ("title", "reference", "mailbox", "sources", "opinions", "certified", "form_upload")
    initial = {name: getattr(row, name) for name in names}
    return OptionsForm(data, initial=initial, criteria=row.content.get("source_criteria", {}), prefix="o")


def _context(
    request: ActorRequest, row: Call, form: ParametersForm | None = None, options: OptionsForm | None = None
) -> dict[str, Any]:
    actor, book = request.actor, selectors.book_of(row)
    partners, heard = selectors.list_partners(actor, row), selectors.list_consultations(actor, row)
    published: PublishedCall | None = getattr(row, "published", None)
    form = form or ParametersForm(book, _raws(row))
    return {
        "call": row,
        "book": book,
        "published": published,
        "groups": rule_groups(book),
        "blanks": book.blanks(),
        "remarks": remarks_on(book),
        "form": form,
        "fields": form.grouped(parameter_groups(book)),
        "partners": partners,
        "heard": heard,
        "consultation_form": ConsultationForm(initial={"on": request.now.date()}),
        "reason_form": ReasonForm(auto_id="resume_%s"),
        "incidents": selectors.list_incidents(actor, row),
        "extension_form": ExtensionForm(auto_id="extend_%s", incidents=selectors.list_incidents(actor, row)),
        "incident_form": IncidentForm(auto_id="incident_%s"),
        "may_record_incident": policies.may_record_incident(actor, row),
        "options_form": options or options_form(row),
        "may_keep_page": policies.may_keep_page(actor, row),
        "file_form": FileForm(auto_id="file_%s"),
        "files": list(selectors.list_files(published)) if published else [],
        "links": links_of(published.content) if published else [],
        "may_revise": policies.may_revise(actor, row),
        "zone": book.zone.key,
        "questions": list(selectors.list_questions(actor, published)[:50]) if published else [],
        "answer_form": AnswerForm(),
        "may_write": policies.may_write(actor, row),
        "may_try_rules": policies.may_try_rules(actor, row.owner_id),
        "may_consult": policies.may_consult(actor, row, partners, heard),
        "may_advise": may_advance(row, "advise", actor),
        "may_validate": policies.may_validate(actor, row),
        "may_publish": policies.may_publish(actor, row, book),
        "may_extend": policies.may_extend(actor, row),
        "may_resume": may_advance(row, "resume", actor),
        "life": life_of(row),
        "journal": list_events(actor, row.circle_id)[:20],
    }


def life_of(row: Call) -> list[dict[str, str]]:
    """The line of life of a call: what it went through, where it is, what comes."""
    states = dict(row.lifecycle.states)
    if not row.concerted:
        states = {key: label for key, label in states.items() if key not in {"consulted", "advised"}}
    order = list(states)
    now = order.index(row.state) if row.state in order else 0
    return [
        {"label": label[0].upper() + label[1:], "status": "done" if rank < now else "now" if rank == now else "next"}
        for rank, label in enumerate(states.values())
    ]


@door(writes={"POST"})
def parameters(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Check the parameters as they are typed (htmx), or keep them: bounds and units beside each field."""
    row = selectors.get_call(request.actor, call_id)
    policies.may_write(request.actor, row).or_raise()
    raws = _raws(row)
    form = ParametersForm(selectors.book_of(row), raws, request.POST)
    valid = form.is_valid()
    if request.htmx:
        values = {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
        book = rulebooks.load(row.rulebook).with_parameters({**row.parameters, **values})
        context = {
            "form": form,
            "groups": rule_groups(book),
            "blanks": book.blanks(),
            "remarks": remarks_on(book),
            "live": True,
        }
        return render(request, "calls/parameters_check.html", context)
    if not valid:
        return render(request, "calls/preparation.html", _context(request, row, form), status=422)
    changed = form.changed_values(raws)
    services.set_parameters(actor=request.actor, call_id=row.pk, values=changed, at=request.now)
    messages.success(request, "Les paramètres sont enregistrés.")
    return redirect(row.page())


@door(writes={"POST"})
def consult(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Record a partner's consultation."""
    form, row = ConsultationForm(request.POST), selectors.get_call(request.actor, call_id)
    if form.is_valid():
        partner = uuid.UUID(request.POST.get("organisation", "")) if _is_uuid(request) else uuid.UUID(int=0)
        services.consult_partner(
            actor=request.actor, call_id=row.pk, organisation_id=partner, at=request.now, **form.cleaned_data
        )
        messages.success(request, "La consultation est enregistrée.")
    else:
        messages.error(request, "La consultation a besoin de sa date et de l’accord.")
    return redirect(row.page())


def _is_uuid(request: ActorRequest) -> bool:
    try:
        uuid.UUID(request.POST.get("organisation", ""))
    except ValueError:
        return False
    return True


@door(writes={"POST"})
def to_committee(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Submit the criteria to the committee."""
    row = services.submit_to_committee(actor=request.actor, call_id=call_id, at=request.now)
    messages.success(request, "Les critères sont soumis au comité.")
    return redirect(row.page())


@door(writes={"POST"})
def advise(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Record the committee's opinion."""
    form, row = ConsultationForm(request.POST), selectors.get_call(request.actor, call_id)
    if form.is_valid():
        services.advise_on_criteria(actor=request.actor, call_id=row.pk, at=request.now, **form.cleaned_data)
        messages.success(request, "L’avis du comité est enregistré.")
    else:
        messages.error(request, "L’avis du comité a besoin de sa date et de l’accord.")
    return redirect(row.page())


@door(writes={"POST"})
def validate(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Validate the call."""
    row = services.validate_call(actor=request.actor, call_id=call_id, at=request.now)
    messages.success(request, "L’appel est validé.")
    return redirect(row.page())


@door(writes={"POST"})
def resume(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Go back to the preparation."""
    reason = request.POST.get("reason", "")
    row = services.resume_preparation(actor=request.actor, call_id=call_id, reason=reason, at=request.now)
    return redirect(row.page())


@door(writes={"POST"})
def publish(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Publish: the rules are frozen."""
    row = services.publish_call(actor=request.actor, call_id=call_id, at=request.now)
    messages.success(request, "L’appel est publié. Son règlement est figé et porte son empreinte.")
    return redirect(row.page())


@door(writes={"POST"})
def extend(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Give more time by decision."""
    row = selectors.get_call(request.actor, call_id)
    form = ExtensionForm(request.POST, incidents=selectors.list_incidents(request.actor, row))
    if form.is_valid():
        services.extend_call(actor=request.actor, call_id=row.pk, at=request.now, **form.cleaned_data)
        messages.success(request, "Le dépôt est prolongé ; la version précédente reste lisible.")
    else:
        messages.error(request, "Dites l’incident et la nouvelle limite.")
    return redirect(row.page())


@door(writes={"POST"})
def answer(request: ActorRequest, callquestion_id: uuid.UUID) -> HttpResponse:
    """Answer a question, to who asks or to all."""
    said = request.POST
    question = services.answer_question(
        actor=request.actor, question_id=callquestion_id, answer=said.get("answer", ""),
        to_all=said.get("to_all", ""), at=request.now,
    )  # fmt: skip
    messages.success(request, "La réponse est envoyée.")
    return redirect(f"{question.call.page()}#questions")


@door(writes={"POST"})
def tell_options(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Write the head of a call, its sources with their criteria, whose opinions it asks for, how it is handed in."""
    row = selectors.get_call(request.actor, call_id)
    form = options_form(row, request.POST)
    if form.is_valid():
        with refusals_in(form):
            services.tell_call(actor=request.actor, call_id=row.pk, said=form.said(), at=request.now)
            messages.success(request, "L’appel est enregistré.")
            return redirect(row.page())
    return render(request, "calls/preparation.html", _context(request, row, options=form), status=422)


@door(writes={"POST"})
def incident(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Put an incident of the platform on record."""
    form, row = IncidentForm(request.POST), selectors.get_call(request.actor, call_id)
    if form.is_valid():
        zone = services.published_zone(row)
        said = form.cleaned_data
        services.record_incident(
            actor=request.actor, call_id=row.pk, started_at=said["started_at"].replace(tzinfo=zone),
            ended_at=said["ended_at"].replace(tzinfo=zone), what=said["what"], at=request.now,
        )  # fmt: skip
        messages.success(request, "L’incident est constaté. Le décideur peut prolonger le dépôt.")
    else:
        messages.error(request, "Dites quand l’incident a commencé, quand il a fini, et ce qui s’est passé.")
    return redirect(row.page())


@door(writes={"POST"})
def put_up(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Put up an official model."""
    form, row = FileForm(request.POST, request.FILES), selectors.get_call(request.actor, call_id)
    if form.is_valid():
        file = form.cleaned_data["file"]
        services.put_up_file(
            actor=request.actor, call_id=row.pk, label=form.cleaned_data["label"], name=file.name, content=file.read(),
            at=request.now,
        )  # fmt: skip
        messages.success(request, "Le modèle est en ligne sur la page de l’appel.")
    else:
        messages.error(request, "Un modèle a son intitulé et son fichier.")
    return redirect(row.page())


@door(writes={"POST"})
def link(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Complete the address of a link."""
    form, row = LinkForm(request.POST), selectors.get_call(request.actor, call_id)
    if form.is_valid():
        services.correct_link(actor=request.actor, call_id=row.pk, at=request.now, **form.cleaned_data)
        messages.success(request, "Le lien est complété.")
    else:
        messages.error(request, "Écrivez l’adresse entière, par exemple https://www.example.org/annuaire.")
    return redirect(row.page())
