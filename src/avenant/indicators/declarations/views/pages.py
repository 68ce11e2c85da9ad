"""What the page of a part shows, whichever door it came through."""

from __future__ import annotations

from typing import Any

from avenant.domain.french import format_date
from avenant.domain.indicators import Provider
from avenant.foundations.doors import ActorRequest
from avenant.foundations.journal import selectors as journal
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.forms import AnswerForm, ReasonForm, RemarkForm
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.services import control
from avenant.indicators.declarations.sheet import sheet

STRANDS = {
    "volet-1": "Volet 1, prévention de la désinsertion professionnelle",
    "volet-2": "Volet 2, risque professionnel prioritaire",
    "volet-3": "Volet 3, action facultative",
}


def part_context(request: ActorRequest, part: Part) -> dict[str, Any]:
    """The sheet, the acts with their reasons, the questions, the line of life."""
    actor, at = request.actor, request.now
    filled = sheet(actor, part)
    submissions = list(selectors.list_submissions(actor, part))
    remarks = list(selectors.list_remarks(actor, part))
    questions = list(selectors.list_questions(actor, part))
    return {
        "part": part,
        "declaration": part.declaration,
        "sheet": filled,
        "strand_titles": STRANDS,
        "number": len(submissions) + 1,
        "submissions": submissions,
        "questions": questions,
        "asked": {question.definition_id for question in questions if not question.answer},
        "remarks": remarks,
        "holds_pen": policies.holds_pen(actor, part),
        "may_fill": policies.may_fill(actor, part, at=at),
        "may_submit": policies.may_submit(actor, part, filled.findings, filled.justified, at=at),
        "may_return": policies.may_return(actor, part),
        "may_validate": control.may_validate(actor, part, at=at),
        "may_remark": policies.may_remark(actor, part, remarked=bool(remarks)),
        "may_reopen": policies.may_reopen(actor, part),
        "reason_form": ReasonForm(),
        "remark_form": RemarkForm(),
        "answer_form": AnswerForm(),
        "life": life_of(part, submitted=submissions[0].at if submissions else None),
        "due": journal.list_due_in_file(actor, part.circle_id).filter(page=part.page()),
        "is_service": part.provider == Provider.SERVICE,
    }


STAGES = (("open", "Ouverte"), ("submitted", "Transmise"), ("control", "En contrôle"), ("validated", "Validée"),
          ("consolidated", "Consolidée"), ("committee", "Comité de suivi"))  # fmt: skip
REACHED = {"draft": 0, "returned": 0, "submitted": 2, "validated": 3, "consolidated": 4}


def life_of(part: Part, *, submitted: Any) -> list[dict[str, str]]:
    """The life of a part: done, now, to come, with its dates."""
    now = REACHED[part.state]
    declaration = part.declaration
    notes = {
        "open": "à corriger" if part.state == "returned" else "",
        "submitted": format_date(submitted.date()) if submitted else "",
        "control": "direction du travail" if part.state == "submitted" else "",
        "committee": format_date(declaration.committee_on) if declaration.committee_on else "",
    }
    labels = {"open": "En saisie" if now == 0 else "Ouverte"}
    return [
        {
            "label": labels.get(key, label),
            "status": "done" if index < now else "now" if index == now else "next",
            "note": notes.get(key, ""),
        }
        for index, (key, label) in enumerate(STAGES)
    ]
