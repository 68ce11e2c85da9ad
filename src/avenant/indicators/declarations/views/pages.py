"""What the page of a part shows, whichever door it came through."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse

from avenant.contracts.drafting import selectors as contracts
from avenant.domain.french import format_date
from avenant.domain.strands import section_title
from avenant.foundations.documents.selectors import list_documents
from avenant.foundations.doors import ActorRequest
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.forms import ReasonForm, RemarkForm
from avenant.indicators.declarations.models import DraftValue, Part
from avenant.indicators.declarations.rows import Sheet
from avenant.indicators.declarations.services.due import control_ends
from avenant.indicators.declarations.sheet import sheet


def part_context(request: ActorRequest, part: Part) -> dict[str, Any]:
    """The sheet, the acts with their reasons, the questions, the line of life."""
    actor, at = request.actor, request.now
    filled = sheet(actor, part)
    submissions = (
        [] if part.state == "draft" else list(selectors.list_submissions(actor, part))
    )  # none before the first
    last = submissions[0] if submissions else None
    remarks = list(selectors.list_remarks(actor, part)) if last else []
    questions = list(selectors.list_questions(actor, part)) if last else []  # asked of what was handed in
    open_questions = [question for question in questions if not question.answer]
    may_fill = policies.may_fill(actor, part, at=at)
    context = {
        "part": part,
        "declaration": part.declaration,
        "sheet": filled,
        "number": len(submissions) + 1,
        "submissions": submissions,
        "questions": questions,
        "unanswered": len(open_questions),
        "asked": {question.definition_id: question for question in open_questions},
        "remarks": remarks,
        "holds_pen": policies.holds_pen(actor, part),
        "may_fill": may_fill,
        "may_submit": policies.may_submit(actor, part, filled.findings, filled.justified, at=at),
        "life": life_of(part, submitted=last.at if last else None),
        "last_save": max((one.saved_at for one in _drafts(filled)), default=None),
    }
    return context | (
        _entry_context(actor, part, filled) if filled.editable else _control_context(request, part, context)
    )


def _drafts(filled: Sheet) -> list[DraftValue]:
    return [row.stated for row in filled.rows if isinstance(row.stated, DraftValue)]


def _entry_context(actor: Actor, part: Part, filled: Sheet) -> dict[str, Any]:
    """What the form needs besides its rows: files by indicator, sections shared out."""
    for evidence in selectors.list_evidence(actor, part):
        row = next((row for row in filled.rows if row.record.pk == evidence.definition_id), None)
        if row is not None:
            row.evidence.append(evidence)
    nobody = uuid.UUID(int=0)
    addresses = {
        name: reverse(f"declarations:{route}", args=[part.pk, nobody]).removesuffix(str(nobody))
        for name, route in {"save": "save-one", "evidence": "evidence", "versions": "versions"}.items()
    }  # one address by kind, not one by row: the form has sixty
    assignments = [(one, section_title(one.section)) for one in selectors.list_assignments(actor, part)]
    mode = contracts.shared_mode(actor, part.declaration.contract) if _asks_annex_4(filled) else None
    return {"assignments": assignments, "addresses": addresses, "mode": mode}


def _asks_annex_4(filled: Sheet) -> bool:
    return any(row.own and row.definition.set_code == contracts.ANNEX_4 for row in filled.rows)


def _control_context(request: ActorRequest, part: Part, context: dict[str, Any]) -> dict[str, Any]:
    """What the controller needs: the acts, what was accepted, a question started from a finding (``?question=``)."""
    actor = request.actor
    last = next(iter(context["submissions"]), None)
    asked = request.GET.get("question", "")
    return {
        "may_return": policies.may_return(actor, part),
        "may_validate": policies.may_validate(
            actor,
            part,
            at=request.now,
            remarked=bool(context["remarks"]),
            control_ends=control_ends(part, last.at) if last else None,
            open_questions=context["unanswered"],
        ),
        "may_remark": policies.may_remark(actor, part, remarked=bool(context["remarks"])),
        "may_reopen": policies.may_reopen(actor, part),
        "may_accept": policies.may_accept(actor, part, justified=True).allowed,
        "accepted": selectors.list_acceptances(actor, last),
        "evidence": list(list_documents(actor, last.pk)) if last else [],
        "questioned": next((row for row in context["sheet"].rows if str(row.record.pk) == asked), None),
        "reason_form": ReasonForm(),
        "remark_form": RemarkForm(),
    }


STAGES = (("open", "Ouverte"), ("submitted", "Transmise"), ("control", "En contrôle"), ("validated", "Validée"),
          ("consolidated", "Consolidée"), ("committee", "Comité de suivi"))  # fmt: skip
REACHED = {"draft": 0, "returned": 0, "submitted": 2, "validated": 3, "consolidated": 4}


def life_of(part: Part, *, submitted: Any) -> list[dict[str, str]]:
    """The life of a part: done, now, to come, with its dates."""
    now = REACHED[part.state]
    committee_on = selectors.committee_day(part)
    notes = {
        "open": "à corriger" if part.state == "returned" else "",
        "submitted": format_date(submitted.date()) if submitted else "",
        "control": "direction du travail" if part.state == "submitted" else "",
        "committee": format_date(committee_on) if committee_on else "",
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
