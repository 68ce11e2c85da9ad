"""May this actor fill, submit, return, validate or reopen a part, and if not why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision, Finding, Severity
from avenant.domain.french import format_moment
from avenant.domain.indicators import Provider
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations.models import Part

BASIS = "CPOM PACA 2025-2029, article 6"
WRITERS = (Role.SERVICE_MANAGER, Role.SERVICE_CONTRIBUTOR, Role.SOCIAL_SERVICE, Role.FUND_CORRESPONDENT)
EDITABLE = frozenset({"draft", "returned"})


def holds_pen(actor: Actor, part: Part) -> bool:
    """Is the part the actor's own: same organisation and, when the part names one, same unit."""
    return actor.organisation_id == part.owner_id and part.unit_id in (None, actor.unit_id)


def may_fill(actor: Actor, part: Part, *, at: datetime) -> Decision:
    """Only the provider fills its part, until it hands it in or the collection closes."""
    if not holds_pen(actor, part) or not actor.has(*WRITERS):
        return Decision.no(f"La saisie revient à {part.owner.short_name}.", BASIS)
    if part.state not in EDITABLE:
        return Decision.no(f"La déclaration est « {part.state_label} » : elle ne se modifie plus sans décision.", BASIS)
    return _still_open(part, at)


def may_submit(
    actor: Actor, part: Part, findings: Sequence[Finding], justified: frozenset[str], *, at: datetime
) -> Decision:
    """A part is handed in when nothing blocks and each gap to justify has its reason. Late is accepted, and said."""
    if not holds_pen(actor, part):
        return Decision.no(f"La transmission revient à {part.owner.short_name}.", BASIS)
    for decision in (may_advance(part, "submit", actor), _still_open(part, at)):
        if not decision.allowed:
            return decision
    blocking = sum(1 for one in findings if one.severity is Severity.BLOCKING)
    if blocking:
        plural = "s" if blocking > 1 else ""
        return Decision.no(f"Transmission impossible : {blocking} écart{plural} bloquant{plural} à régler.", BASIS)
    waiting = [one for one in findings if one.severity is Severity.TO_JUSTIFY and one.subjects[0] not in justified]
    if waiting:
        plural = "s" if len(waiting) > 1 else ""
        return Decision.no(f"Transmission impossible : {len(waiting)} écart{plural} à justifier.", BASIS)
    return Decision.yes()


def may_return(actor: Actor, part: Part) -> Decision:
    """The labour directorate asks its questions on a part handed in."""
    return may_advance(part, "return", actor)


def may_remark(actor: Actor, part: Part, *, remarked: bool) -> Decision:
    """The fund has its say on the service's part before the validation, once a submission."""
    if actor.kind is not OrganisationKind.FUND or not actor.has(Role.FUND_CORRESPONDENT):
        return Decision.no("Les remarques avant validation reviennent au correspondant CPOM de la caisse.", BASIS)
    if part.state != "submitted" or part.owner_id == actor.organisation_id:
        return Decision.no("Les remarques portent sur la part du service, pendant son contrôle.", BASIS)
    if remarked:
        return Decision.no("Les remarques de la caisse sont déjà enregistrées pour cette transmission.")
    return Decision.yes()


def may_validate(
    actor: Actor, part: Part, *, at: datetime, remarked: bool, control_ends: datetime | None, open_questions: int
) -> Decision:
    """The labour directorate validates after the fund's remarks, or when the working days of control are over."""
    decision = may_advance(part, "validate", actor)
    if not decision.allowed:
        return decision
    if open_questions:
        plural = "s" if open_questions > 1 else ""
        return Decision.no(f"Validation impossible : {open_questions} question{plural} sans réponse.", BASIS)
    if part.provider == Provider.SERVICE and not remarked and control_ends and at < control_ends:
        return Decision.no(
            f"La caisse peut faire ses remarques jusqu’au {format_moment(control_ends)} : validez ensuite.",
            "paramètre de la région (jours ouvrés de contrôle)",
        )
    return Decision.yes()


def may_accept(actor: Actor, part: Part, *, justified: bool) -> Decision:
    """Who may send the part back may also accept a reason that it gives, while it is under control."""
    decision = may_return(actor, part)
    if decision.allowed and not justified:
        return Decision.no("Cet indicateur n’a pas de justification à accepter.", BASIS)
    return decision


def may_reopen(actor: Actor, part: Part) -> Decision:
    """A validated part is reopened by a decision with its reason; both values stay in the history."""
    return may_advance(part, "reopen", actor)


def may_read_submission(actor: Actor, part: Part) -> Decision:
    """What was handed in is read by the parties; the social service reads its own indicator and nothing else before."""
    if actor.roles == frozenset({Role.SOCIAL_SERVICE}) and not holds_pen(actor, part):
        return Decision.no("Le service social lit sa part ; les autres lui sont fermées avant la consolidation.", BASIS)
    return Decision.yes()


def _still_open(part: Part, at: datetime) -> Decision:
    closed = part.declaration.closed_at
    if closed is not None and at >= closed:
        return Decision.no(
            f"La collecte est close depuis le {format_moment(closed)} : "
            "demandez à la direction du travail de la rouvrir. Votre saisie est conservée.",
            BASIS,
        )
    return Decision.yes()
