from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.attachments import named_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.secrecy import policies, selectors
from avenant.foundations.secrecy.forms import AuditForm, LevelForm, PurposeForm
from avenant.foundations.secrecy.models import SecurityPolicy
from avenant.foundations.secrecy.services import audits, levels
from avenant.references.secrecy import exemptions

ACCESSES = 20


@door(reads={"GET"})
def space(request: ActorRequest, circle_id: uuid.UUID) -> HttpResponse:
    """The confidentiality of a file: its level, exceptions, audits, security policies, what my people opened."""
    return render(request, "secrecy/space.html", _context(request, circle_id))


@door(writes={"POST"})
def declassify(request: ActorRequest, circle_id: uuid.UUID) -> HttpResponse:
    """Lift the confidentiality of an item."""
    form = LevelForm(request.POST, request.FILES, items=selectors.list_items(request.actor, circle_id))
    if not form.is_valid():
        return render(request, "secrecy/space.html", _context(request, circle_id) | {"level_form": form}, status=422)
    said = form.cleaned_data
    try:
        levels.declassify(
            actor=request.actor, circle_id=circle_id, item=said["item"], exemption=said["exemption"],
            proof=form.said(), at=request.now,
        )  # fmt: skip
    except DomainError as error:
        return _again(request, circle_id, form, error)
    messages.success(request, "La confidentialité de cet élément est levée ; le journal du dossier le dit.")
    return redirect("secrecy:space", circle_id=circle_id)


@door(writes={"POST"})
def open_audit(request: ActorRequest, circle_id: uuid.UUID) -> HttpResponse:
    """Let an auditor read the file for a time."""
    selectors.get_entry(request.actor, circle_id)
    today = timezone.localdate(request.now)
    form = AuditForm(request.POST, auditors=selectors.list_possible_auditors(request.actor), today=today)
    if not form.is_valid():
        return render(request, "secrecy/space.html", _context(request, circle_id) | {"audit_form": form}, status=422)
    row = audits.open_audit(actor=request.actor, circle_id=circle_id, audit=form.said(), at=request.now, today=today)
    messages.success(request, f"{row.auditor.short_name} peut lire ce dossier ; toutes les parties le voient.")
    return redirect("secrecy:space", circle_id=circle_id)


@door(writes={"POST"})
def end_audit(request: ActorRequest, auditright_id: uuid.UUID) -> HttpResponse:
    """End an audit before its last day."""
    reason = request.POST.get("reason", "")
    row = audits.end_audit(actor=request.actor, audit_id=auditright_id, reason=reason, at=request.now)
    messages.success(request, f"{row.auditor.short_name} ne lit plus ce dossier.")
    return redirect("secrecy:space", circle_id=row.circle_id)


@door(writes={"POST"})
def deposit(request: ActorRequest, circle_id: uuid.UUID) -> HttpResponse:
    """Deposit the security policy of my organisation."""
    file = request.FILES.get("file")
    if file is None:
        selectors.get_entry(request.actor, circle_id)
        raise DomainError("Choisissez d’abord le fichier de la politique de sécurité.", code="file")
    levels.deposit_security_policy(
        actor=request.actor, circle_id=circle_id, name=str(file.name), content=file.read(), at=request.now
    )
    messages.success(request, "Le document est déposé : votre organisme seul le lit.")
    return redirect("secrecy:space", circle_id=circle_id)


@door(writes={"POST"})
def share(request: ActorRequest, securitypolicy_id: uuid.UUID) -> HttpResponse:
    """Share the security policy of my organisation with the parties of the file."""
    row = levels.share_security_policy(actor=request.actor, policy_id=securitypolicy_id, at=request.now)
    messages.success(request, "Les parties de ce dossier lisent désormais ce document.")
    return redirect("secrecy:space", circle_id=row.circle_id)


@door(reads={"GET"})
def read(request: ActorRequest, securitypolicy_id: uuid.UUID) -> HttpResponse:
    """A security policy: its owner's, or one that was shared."""
    row = get_object_or_404(SecurityPolicy.objects.visible_to(request.actor), pk=securitypolicy_id)
    return named_response(documents.retrieve(row.sha256), name=row.name, media_type=row.media_type)


def _again(request: ActorRequest, circle_id: uuid.UUID, form: LevelForm, error: DomainError) -> HttpResponse:
    form.add_error("exemption" if error.code == "exemption" else "proof", error.message)
    return render(request, "secrecy/space.html", _context(request, circle_id) | {"level_form": form}, status=422)


def _context(request: ActorRequest, circle_id: uuid.UUID) -> dict[str, Any]:
    actor, today = request.actor, timezone.localdate(request.now)
    entry = selectors.get_entry(actor, circle_id)
    auditor = selectors.reads_only(actor, circle_id)
    items = selectors.list_items(actor, circle_id)
    mine = [one for one in items if one.owner_id == actor.organisation_id and not one.public]
    accesses = selectors.list_own_accesses(actor, circle_id) if actor.has(Role.ADMINISTRATOR) else ()
    return {
        "entry": entry,
        "reads_only": auditor,
        "may_decide": policies.may_decide(actor, auditor=auditor),
        "purpose_form": PurposeForm(initial={"purpose": entry.purpose}),
        "items": Paginator(items, ACCESSES).get_page(request.GET.get("page")),
        "lifted": selectors.list_declassified(actor, circle_id),
        "level_form": LevelForm(items=mine) if mine else None,
        "exemptions": exemptions(),
        "audits": [(one, one.runs_on(today)) for one in selectors.list_audits(actor, circle_id)],
        "audit_form": AuditForm(auditors=selectors.list_possible_auditors(actor), today=today),
        "policies": selectors.list_security_policies(actor, circle_id),
        "administers": actor.has(Role.ADMINISTRATOR),
        "accesses": Paginator(accesses, ACCESSES).get_page(request.GET.get("acces")),
    }
