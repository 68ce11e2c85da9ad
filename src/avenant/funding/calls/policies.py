"""Who prepares a call, consults, validates, publishes, extends, asks and answers; and why not."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import Call, CallPartner, CallQuestion, Consultation, PublishedCall

CRITERIA = "Convention, article 2, 1"
NOT_OWNER = "L’appel appartient à l’autorité qui le porte."


def may_prepare(actor: Actor) -> Decision:
    """A call is prepared by the officer of the authority."""
    if actor.kind is OrganisationKind.ARS and actor.has(Role.ARS_CALL_OFFICER):
        return Decision.yes()
    return Decision.no(f"Un appel est préparé par le {Role.ARS_CALL_OFFICER.label}.")


def may_write(actor: Actor, call: Call) -> Decision:
    """Text, calendar and parameters change while the call is in preparation: they are frozen at publication."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    if call.state != "preparation":
        return Decision.no(f"L’appel est « {call.state_label} » : ses règles ne changent plus.")
    return may_prepare(actor)


def may_consult(
    actor: Actor, call: Call, partners: Sequence[CallPartner], consultations: Iterable[Consultation]
) -> Decision:
    """The criteria go to the committee once every partner was consulted, with its date and its comment."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    if not partners:
        return Decision.no("Aucun partenaire n’est associé à l’appel.", CRITERIA)
    heard = {one.organisation_id for one in consultations if one.kind == Consultation.Kind.PARTNER}
    silent = [str(one) for one in partners if one.organisation_id not in heard]
    if silent:
        return Decision.no(f"Consultation à enregistrer : {', '.join(silent)}.", CRITERIA)
    return may_advance(call, "consult", actor)


def may_validate(actor: Actor, call: Call) -> Decision:
    """Validation is the authority's; with a concertation, after the committee's opinion only."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    if call.concerted and call.state == "preparation":
        return Decision.no("Les critères attendent la consultation des partenaires et l’avis du comité.", CRITERIA)
    return may_advance(call, "validate", actor)


def may_publish(actor: Actor, call: Call, book: Rulebook) -> Decision:
    """A call is published whole: validated, no blank among the parameters, a complete reference."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    allowed = may_advance(call, "publish", actor)
    if not allowed.allowed:
        return allowed
    if not call.reference_is_complete and not call.taken_over:
        return Decision.no("La référence de l’appel est à compléter avant sa publication.", "Référence de l’appel")
    blanks = book.blanks()
    if blanks:
        return Decision.no(f"Paramètres à fixer : {', '.join(one.label for one in blanks)}.")
    return Decision.yes()


def may_extend(actor: Actor, call: Call) -> Decision:
    """Only the decision-maker extends the deposit, for an incident of the platform that is put on record."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    if not actor.has(Role.ARS_DECISION_MAKER):
        return Decision.no(f"« Prolonger par décision » revient à : {Role.ARS_DECISION_MAKER.label}.")
    if call.state not in {"published", "closed"}:
        return Decision.no(f"« Prolonger par décision » est impossible : l’état est « {call.state_label} ».")
    return Decision.yes()


def may_keep_page(actor: Actor, call: Call) -> Decision:
    """The authority keeps the models and the links of the page of its call."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    if call.state not in {"published", "closed", "decided"}:
        return Decision.no(f"L’appel est « {call.state_label} » : il n’a pas encore de page publique.")
    return may_prepare(actor)


def may_record_incident(actor: Actor, call: Call) -> Decision:
    """The officer puts an incident on record while the deposit is open or just closed."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    if call.state not in {"published", "closed"}:
        return Decision.no(f"L’appel est « {call.state_label} ».")
    if not actor.has(Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER):
        return Decision.no(
            f"Un incident est constaté par : {Role.ARS_CALL_OFFICER.label}, {Role.ARS_DECISION_MAKER.label}."
        )
    return Decision.yes()


def may_revise(actor: Actor, call: Call) -> Decision:
    """Only the decision-maker changes the rules of a published call, with a reason; not once it is decided."""
    if call.owner_id != actor.organisation_id:
        return Decision.no(NOT_OWNER)
    if not actor.has(Role.ARS_DECISION_MAKER):
        return Decision.no(f"« Réviser le règlement » revient à : {Role.ARS_DECISION_MAKER.label}.")
    if call.state not in {"published", "closed"}:
        return Decision.no(f"« Réviser le règlement » est impossible : l’état est « {call.state_label} ».")
    return Decision.yes()


def may_keep_directory(actor: Actor) -> Decision:
    """The directory of consultants is kept by the fund."""
    if actor.kind is OrganisationKind.FUND and actor.has(Role.FUND_CORRESPONDENT):
        return Decision.yes()
    return Decision.no("L’annuaire des consultants est tenu par la caisse.")


def may_ask(actor: Actor, call: PublishedCall) -> Decision:
    """Any institution but the authority itself asks."""
    if actor.organisation_id == call.owner_id:
        return Decision.no("Les questions viennent des établissements ; répondez-y dans la préparation de l’appel.")
    return Decision.yes()


def may_answer(actor: Actor, question: CallQuestion) -> Decision:
    """The authority answers."""
    if actor.organisation_id != question.call.owner_id:
        return Decision.no(NOT_OWNER)
    return may_prepare(actor)


def may_try_rules(actor: Actor, owner_id: uuid.UUID) -> Decision:
    """The authority tries other parameters on the dossiers handed in to its own calls."""
    if actor.organisation_id != owner_id:
        return Decision.no("Les essais de règles sont ceux de l’autorité qui porte l’appel.")
    if not actor.has(Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER):
        return Decision.no(f"Un essai revient à : {Role.ARS_CALL_OFFICER.label}, {Role.ARS_DECISION_MAKER.label}.")
    return Decision.yes()
