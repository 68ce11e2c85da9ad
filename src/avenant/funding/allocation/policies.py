"""Who writes an envelope, prepares and closes a session, proposes, decides, revises a rate, notifies; and why not."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from avenant.domain.audiences import INSTITUTIONS, OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.french import counted
from avenant.domain.funding.deciding import validators_of
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import Aid, Award, Envelope, Examined, ListingRequest, RateRevision, Selection
from avenant.funding.calls.models import PublishedCall

KEEPERS: Final = (
    Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER, Role.FUND_CORRESPONDENT, Role.LABOUR_LEAD,
)  # fmt: skip
"""Who keeps the envelopes of an institution of a region."""
COMMITTEE: Final = "§5.2"


def may_keep_envelopes(actor: Actor) -> Decision:
    """Each institution writes its own envelopes and schemes; a national body, those that it delegates."""
    if actor.kind in INSTITUTIONS and actor.has(*KEEPERS):
        return Decision.yes()
    if actor.kind is OrganisationKind.NATIONAL and actor.has(Role.NATIONAL_FUNDER):
        return Decision.yes()
    return Decision.no(
        "Les enveloppes sont tenues par les responsables de l’agence, de la caisse, de la direction du travail et des "
        "crédits de l’organisme national."
    )


def may_change(actor: Actor, row: Envelope) -> Decision:
    """An envelope is changed by its funder alone."""
    if row.owner_id != actor.organisation_id:
        return Decision.no(f"Cette enveloppe est tenue par {row.owner.short_name}.")
    return may_keep_envelopes(actor)


def may_revise(actor: Actor, row: Envelope) -> Decision:
    """The amount of a received envelope is its giver's, who changes it by a decision."""
    allowed = may_change(actor, row)
    if allowed.allowed and row.giver:
        return Decision.no(
            f"Le montant est celui que {row.giver.short_name} a délégué : il ne change que par sa décision."
        )
    return allowed


def may_declare_aid(actor: Actor, row: Envelope) -> Decision:
    """An aid is written by who grants it: a national body delegates."""
    allowed = may_change(actor, row)
    if allowed.allowed and actor.kind is OrganisationKind.NATIONAL:
        return Decision.no("Un organisme national délègue ; les aides sont inscrites par ceux qui les accordent.")
    return allowed


def may_change_aid(actor: Actor, aid: Aid) -> Decision:
    """An aid is corrected and withdrawn by the funder that wrote it; one of a dossier follows its decision."""
    allowed = may_declare_aid(actor, aid.envelope)
    if allowed.allowed and aid.dossier_id is not None:
        return Decision.no("Cette aide suit la décision de son dossier : elle change avec elle, ou par un avenant.")
    return allowed


def may_entrust(actor: Actor, row: Envelope) -> Decision:
    """A national body delegates to an institution of a region; there, a part goes to a territory."""
    allowed = may_change(actor, row)
    if allowed.allowed and actor.kind is not OrganisationKind.NATIONAL:
        return Decision.no("Seul un organisme national délègue à une autre institution ; déléguez à un territoire.")
    return allowed


def may_change_delegation(actor: Actor, row: Envelope) -> Decision:
    """What is delegated is changed or withdrawn by who delegated it."""
    if row.giver is None:
        return Decision.no("Cette enveloppe n’est pas reçue d’un autre organisme.")
    if row.giver_id != actor.organisation_id:
        return Decision.no(f"Cette délégation est tenue par {row.giver.short_name}.")
    return may_keep_envelopes(actor)


def may_prepare(actor: Actor, call: PublishedCall) -> Decision:
    """The committee's session is prepared by the officer of the authority that carries the call."""
    if call.owner_id != actor.organisation_id:
        return Decision.no("La séance de sélection est préparée par l’autorité qui porte l’appel.")
    if not actor.has(Role.ARS_CALL_OFFICER):
        return Decision.no(f"La séance de sélection est préparée par le {Role.ARS_CALL_OFFICER.label}.")
    return Decision.yes()


def may_read(line: Examined, *, interested: bool) -> Decision:
    """Who declared an interest in a dossier reads neither its rank nor its opinions, and takes no part in it."""
    if interested:
        return Decision.no("Vous avez déclaré un lien d’intérêt dans ce dossier : il vous est fermé.", COMMITTEE)
    return Decision.yes()


def may_work(actor: Actor, selection: Selection) -> Decision:
    """Ranking, scenarios, opinions and proposals change until the session is closed."""
    allowed = may_prepare(actor, selection.call)
    if not allowed.allowed:
        return allowed
    if not selection.open:
        return Decision.no(f"La séance est « {selection.state_label} » : son classement ne change plus.", COMMITTEE)
    return Decision.yes()


def may_close(actor: Actor, selection: Selection, *, waiting: int) -> Decision:
    """Closed once the committee has proposed something for every ranked dossier."""
    allowed = may_work(actor, selection)
    if not allowed.allowed:
        return allowed
    if waiting:
        return Decision.no(f"Il reste {counted(waiting, 'dossier')} sans proposition.", COMMITTEE)
    if selection.meeting.state not in ("convened", "held"):
        return Decision.no(
            f"La séance du comité est « {selection.meeting.state_label} » : convoquez-la d’abord.", COMMITTEE
        )
    return may_advance(selection, "close", actor)


def may_decide(actor: Actor, selection: Selection, examined: Decision) -> Decision:
    """Decided by the decision-maker, once the session is closed and, in a window call, every dossier received examined
    (``examined``, told by the instruction)."""
    if selection.call.owner_id != actor.organisation_id:
        return Decision.no("Les aides sont décidées par l’autorité qui porte l’appel.")
    if not actor.has(Role.ARS_DECISION_MAKER):
        return Decision.no(f"Les aides sont décidées par le {Role.ARS_DECISION_MAKER.label}.")
    if selection.state in ("prepared", "cancelled"):
        return Decision.no(f"La séance est « {selection.state_label} » : les décisions suivent sa clôture.", COMMITTEE)
    return examined


def may_award(line: Examined, award: Award | None) -> Decision:
    """A dossier is decided once."""
    if award is not None:
        return Decision.no("Ce dossier a déjà sa décision.")
    if line.dossier.state == "withdrawn":
        return Decision.no("L’établissement a retiré ce dossier : il ne reçoit plus de décision.")
    if not line.rank:
        return Decision.no(f"Ce dossier n’est pas classé. {line.sentence}")
    return Decision.yes()


def may_notify(actor: Actor, selection: Selection) -> Decision:
    """Notified by the officer once the last decision of the session is taken."""
    allowed = may_prepare(actor, selection.call)
    if not allowed.allowed:
        return allowed
    if selection.state not in ("decided", "notified"):
        return Decision.no(f"La séance est « {selection.state_label} » : les décisions ne sont pas toutes prises.")
    return Decision.yes()


def may_send_table(actor: Actor, selection: Selection) -> Decision:
    """The table of retained projects goes to the partners after the committee."""
    allowed = may_prepare(actor, selection.call)
    if allowed.allowed and selection.state in ("prepared", "cancelled"):
        return Decision.no(
            "Le tableau des projets retenus est envoyé après la séance du comité.", "Convention, article 2, 1"
        )
    return allowed


def may_ask_listing(actor: Actor, selection: Selection) -> Decision:
    """A partner of the call asks for more detail on the retained projects."""
    if actor.organisation_id == selection.call.owner_id:
        return Decision.no("La demande vient d’un partenaire ; exportez vous-même le listage détaillé.")
    if not actor.has(*KEEPERS):
        return Decision.no("Le listage détaillé est demandé par les responsables des institutions partenaires.")
    if selection.state in ("prepared", "cancelled"):
        return Decision.no("Les projets retenus ne sont connus qu’après la séance du comité.")
    return Decision.yes()


def may_answer_listing(actor: Actor, request: ListingRequest) -> Decision:
    """The officer of the authority answers, once."""
    if request.answered_at is not None:
        return Decision.no("Cette demande a reçu sa réponse.")
    return may_prepare(actor, request.selection.call)


def may_validate_rate(actor: Actor, revision: RateRevision) -> Decision:
    """In force once validated: above the stated maximum, by the decision-maker alone."""
    if revision.call.owner_id != actor.organisation_id:
        return Decision.no("Le taux est révisé par l’autorité qui porte l’appel.")
    if revision.validated_at is not None:
        return Decision.no("Cette révision est déjà validée.")
    roles = validators_of(Decimal(revision.new), revision.maximum)
    if not actor.has(*roles):
        names = ", ".join(sorted(role.label for role in roles))
        return Decision.no(f"Cette révision du taux est validée par : {names}.", "§3.2, 2°, §5.1")
    return Decision.yes()
