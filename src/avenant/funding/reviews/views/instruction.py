"""One instruction: where it stands, who has it, its acts; the letter of a rejection."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import PDF, file_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_due_in_file
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import AssignForm, ExaminationForm, LabelForm, ScopeForm, VerdictForm
from avenant.funding.reviews.models import Examination
from avenant.funding.reviews.printing import print_rejection
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.selectors.concluding import list_left
from avenant.funding.reviews.selectors.ranking import read_together, summary_of
from avenant.funding.reviews.selectors.study import study_of
from avenant.funding.reviews.services import marking, opening, opinions
from avenant.funding.reviews.views.entering import Entered, enter


@door(reads={"GET"})
def instruction(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The instruction of a dossier: state, examiner, what helps the study, services of the authority, journal."""
    return _page(request, enter(request, dossier_id))


def _page(request: ActorRequest, entered: Entered, *, status: int = 200, **forms: object) -> HttpResponse:
    return render(request, "reviews/instruction.html", {**_context(request, entered), **forms}, status=status)


def _context(request: ActorRequest, entered: Entered) -> dict[str, object]:
    actor, row = request.actor, entered.instruction
    read_together(actor, [row], opinions=False)
    may_assign = policies.may_assign(actor, row)
    assigning = may_assign.allowed and (row.examiner_id is None or "attribuer" in request.GET)
    people = selectors.list_examiners(actor, on=request.now) if assigning else ()
    examinations = selectors.list_examinations(actor, row)
    may_examine = policies.may_examine(actor, row, interested=entered.interested)
    left = list_left(actor, row, examinations) if may_examine.allowed else []
    return {
        **entered.context(),
        "part": "Synthèse",
        "summary": summary_of(row, answers=False),
        "examinations": examinations,
        "may_read_examinations": policies.may_see_grid(actor, row, interested=entered.interested),
        "interests": entered.interests,
        "assign_form": AssignForm(people=people, initial={"examiner": row.examiner_id}),
        "label_form": LabelForm(initial={"labels": ", ".join(row.labels)}),
        "scope_form": ScopeForm(initial={"in_scope": "oui" if row.in_scope else "non", "reason": row.scope_reason}),
        "examination_form": ExaminationForm(),
        "verdict_form": VerdictForm(auto_id=False),
        "may_assign": may_assign,
        "assigning": assigning,
        "may_examine": may_examine,
        "left": left,
        "may_conclude": policies.may_conclude(actor, row, interested=entered.interested, left=left),
        "may_reopen": policies.may_reopen(actor, row),
        "may_lift": policies.may_lift_interests(actor, row),
        "life": life_of(entered),
        "due": list_due_in_file(actor, row.circle_id),
        "journal": selectors.list_story(actor, row, interested=entered.interested)[:15],
    }  # fmt: skip


@door(reads={"GET"})
def study(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """What helps the study: diagnosis and context, human resources over three years, proportion to the needs."""
    entered = enter(request, dossier_id)
    standing = standing_of(entered.dossier, at=request.now)
    context = {**entered.context(), "part": "Étude", "standing": standing, "study": study_of(standing)}
    return render(request, "reviews/study.html", context)


def life_of(entered: Entered) -> list[dict[str, str]]:
    """The life of an instruction."""
    order = list(entered.instruction.lifecycle.states.items())
    now = [key for key, _ in order].index(entered.instruction.state)
    return [
        {"label": label[0].upper() + label[1:], "status": "done" if rank < now else "now" if rank == now else "next"}
        for rank, (_, label) in enumerate(order)
    ]


@door(writes={"POST"})
def open_one(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Open the instruction of one complete dossier."""
    row = opening.open_instruction(actor=request.actor, dossier_id=dossier_id, at=request.now)
    messages.success(request, "L’instruction est ouverte : les avis des institutions sont demandés.")
    return redirect(row.page())


@door(writes={"POST"})
def assign(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Give the dossier to an examiner."""
    enter(request, dossier_id)
    form = AssignForm(request.POST, people=selectors.list_examiners(request.actor, on=request.now))
    if form.is_valid():
        person = form.cleaned_data["examiner"]
        opening.assign_examiner(actor=request.actor, dossier_id=dossier_id, person_id=person, at=request.now)
        messages.success(request, "L’instruction est attribuée.")
    else:
        messages.error(request, "Choisissez un instructeur.")
    return redirect("reviews:instruction", dossier_id)


@door(writes={"POST"})
def label(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Set the labels."""
    enter(request, dossier_id)
    form = LabelForm(request.POST)
    if form.is_valid():
        opening.label_instruction(actor=request.actor, dossier_id=dossier_id, labels=form.said(), at=request.now)
        messages.success(request, "Les étiquettes sont enregistrées.")
    return redirect("reviews:instruction", dossier_id)


@door(writes={"POST"})
def scope(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Say whether the dossier is in the scope of the call."""
    enter(request, dossier_id)
    form = ScopeForm(request.POST)
    if form.is_valid():
        inside, reason = form.cleaned_data["in_scope"] == "oui", form.cleaned_data["reason"]
        opening.tell_scope(actor=request.actor, dossier_id=dossier_id, in_scope=inside, reason=reason, at=request.now)
        messages.success(request, "Le périmètre est enregistré.")
    return redirect("reviews:instruction", dossier_id)


@door(writes={"POST"})
def category(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Confirm or refuse the category of the establishment."""
    enter(request, dossier_id)
    if (said := request.POST.get("confirmed")) not in {"oui", "non"}:
        raise DomainError("Confirmez la catégorie, ou refusez-la.", code="blank")
    confirmed, reason = said == "oui", request.POST.get("reason", "")
    opening.rule_category(
        actor=request.actor, dossier_id=dossier_id, confirmed=confirmed, reason=reason, at=request.now
    )
    messages.success(request, "La catégorie est confirmée." if confirmed else "La catégorie est refusée.")
    return redirect("reviews:instruction", dossier_id)


@door(writes={"POST"})
def ask_examination(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Ask a service of the authority to examine the dossier."""
    entered, form = enter(request, dossier_id), ExaminationForm(request.POST)
    policies.may_examine(request.actor, entered.instruction, interested=entered.interested).or_raise()
    if form.is_valid():
        said = {**form.cleaned_data, "kind": Examination.Kind(form.cleaned_data["kind"])}
        with refusals_in(form):
            marking.ask_examination(actor=request.actor, dossier_id=dossier_id, at=request.now, **said)
            messages.success(request, "L’examen est demandé.")
            return redirect("reviews:instruction", dossier_id)
    return _page(request, entered, status=422, examination_form=form)


@door(writes={"POST"})
def give_examination(request: ActorRequest, examination_id: uuid.UUID) -> HttpResponse:
    """Write what a service says."""
    form, row = VerdictForm(request.POST), selectors.get_examination(request.actor, examination_id)
    verdict = Examination.Verdict(form.cleaned_data["verdict"]) if form.is_valid() else None
    if verdict is None:
        messages.error(request, "Choisissez l’avis du service.")
        return redirect(row.instruction.page())
    marking.give_examination(
        actor=request.actor,
        examination_id=examination_id,
        verdict=verdict,
        text=form.cleaned_data["text"],
        at=request.now,
    )
    messages.success(request, "L’examen est rendu.")
    return redirect(row.instruction.page())


@door(writes={"POST"})
def conclude(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Conclude the instruction."""
    words = request.POST.get("conclusion", "")
    opening.conclude_instruction(actor=request.actor, dossier_id=dossier_id, conclusion=words, at=request.now)
    messages.success(request, "L’instruction est conclue : le dossier peut être décidé.")
    return redirect("reviews:instruction", dossier_id)


@door(writes={"POST"})
def reopen(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Take it up again."""
    reason = request.POST.get("reason", "")
    opening.reopen_instruction(actor=request.actor, dossier_id=dossier_id, reason=reason, at=request.now)
    messages.success(request, "L’instruction est rouverte.")
    return redirect("reviews:instruction", dossier_id)


@door(writes={"POST"})
def declare_interest(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Declare that I have an interest in the dossier."""
    reason = request.POST.get("reason", "")
    opinions.declare_interest(actor=request.actor, dossier_id=dossier_id, reason=reason, at=request.now)
    messages.success(
        request, "Votre lien d’intérêt est déclaré : avis, grille, contrôles et échanges vous sont fermés."
    )
    return redirect("reviews:instruction", dossier_id)


@door(writes={"POST"})
def lift_interest(request: ActorRequest, dossier_id: uuid.UUID, interest_id: uuid.UUID) -> HttpResponse:
    """Lift the interest that somebody else declared."""
    reason = request.POST.get("reason", "")
    opinions.lift_interest(
        actor=request.actor, dossier_id=dossier_id, interest_id=interest_id, reason=reason, at=request.now
    )
    messages.success(request, "Le lien d’intérêt est levé, avec son motif.")
    return redirect("reviews:instruction", dossier_id)


@door(reads={"GET"})
def rejection_letter(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The letter of a rejection as incomplete: reasons and remedies; for the establishment and the authority."""
    dossier = get_dossier(request.actor, dossier_id)
    if dossier.state != "rejected_incomplete":
        raise Http404
    name = f"rejet-{dossier.number.lower()}.pdf"
    pdf = print_rejection(request.actor, dossier, at=request.now).pdf
    return file_response(pdf, name=name, media_type=PDF)
