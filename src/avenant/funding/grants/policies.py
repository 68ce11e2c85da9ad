"""Who grants, pays and follows an aid; and why not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from avenant.domain.audiences import INSTITUTIONS, OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.lifecycles import APPLICANTS, GRANTING, KEEPING
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Agreement, AgreementSignature, Grant, Instalment, Scheme


def may_open(actor: Actor, dossier: Dossier, amount: Decimal) -> Decision:
    """The authority of the call opens the aid of a complete dossier, for a positive amount."""
    if actor.organisation_id != dossier.call.owner_id or not actor.has(*GRANTING):
        return Decision.no("Une aide est accordée par l’autorité qui porte l’appel.")
    if dossier.state != "complete":
        return Decision.no(f"Le dossier est « {dossier.state_label} » : seul un dossier complet reçoit une aide.")
    if amount <= 0:
        return Decision.no("Le montant accordé est positif.")
    return Decision.yes()


def may_follow(actor: Actor, grant: Grant) -> Decision:
    """What the authority of an aid does: prepare, certify, order, record, judge documents."""
    if actor.organisation_id != grant.authority_id:
        return Decision.no("Cet acte revient à l’autorité qui accorde l’aide.")
    if not actor.has(*GRANTING):
        names = " ou ".join(role.label for role in GRANTING)
        return Decision.no(f"Cet acte revient à : {names}.")
    return Decision.yes()


def may_prepare(actor: Actor, grant: Grant) -> Decision:
    """The text is prepared while it is not open to signature."""
    answer = may_follow(actor, grant)
    if answer.allowed and grant.state != "awarded":
        return Decision.no(f"L’aide est « {grant.state_label} » : la convention est déjà arrêtée.")
    return answer


def may_open_agreement(actor: Actor, grant: Grant, gaps: Sequence[str]) -> Decision:
    """The agreement is made once nothing of its four parts is missing (amount, actions, follow-up, results)."""
    answer = may_prepare(actor, grant)
    if answer.allowed and gaps:
        return Decision.no(" ".join(gaps), "§3.2, 2°")
    return answer


def may_sign(actor: Actor, grant: Grant, row: Agreement, parties: Collection[str]) -> Decision:
    """A party brings its own signature; the authority files a paper that bears several."""
    if row.withdrawn_at is not None:
        return Decision.no("Ce texte a été retiré : signez celui qui l’a remplacé.")
    if row.signed_on is not None:
        return Decision.no("Toutes les parties ont déjà signé ce texte.")
    if actor.organisation_id == grant.authority_id:
        return may_follow(actor, grant)
    if grant.beneficiary_id is None or actor.organisation_id != grant.beneficiary_id:
        return Decision.no("Seules les parties de la convention la signent.")
    if AgreementSignature.Party.AUTHORITY in parties:
        return Decision.no("La signature de l’autorité est déposée par elle.")
    if actor.has(Role.DIRECTOR):
        return Decision.yes()
    if actor.has(Role.STAFF_REPRESENTATIVE) and set(parties) <= {AgreementSignature.Party.STAFF}:
        return Decision.yes()
    return Decision.no(
        "La convention est signée par la direction, et par les représentants du personnel pour leur part."
    )


def has_its_socle(row: Agreement, needed: bool) -> Decision:
    """A CLACT of an authority that has a socle is not signed without it (convention, article 1)."""
    if needed and not row.number and row.socle_id is None:
        return Decision.no(
            "Le socle minimum de bonnes pratiques de prévention n’est pas joint à la convention : reprenez-la pour "
            "l’y joindre avant de signer.",
            "Convention, article 1",
        )
    return Decision.yes()


def may_send_document(actor: Actor, grant: Grant, one: Instalment) -> Decision:
    """The establishment sends what an instalment waits for; the authority files what came otherwise."""
    if one.state != "planned":
        return Decision.no(f"Le versement est « {one.state_label} » : il n’attend plus de document.")
    if actor.organisation_id == grant.authority_id:
        return may_follow(actor, grant)
    if actor.organisation_id == grant.beneficiary_id and actor.has(*APPLICANTS):
        return Decision.yes()
    return Decision.no("Les documents d’un versement viennent de l’établissement ou de l’autorité.")


def may_amend(actor: Actor, grant: Grant) -> Decision:
    """An aid in force is amended by its authority."""
    answer = may_follow(actor, grant)
    if answer.allowed and grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} » : seule une aide en cours s’amende.")
    return answer


def may_reimburse(actor: Actor, grant: Grant, waiting: Sequence[Instalment]) -> Decision:
    """Invoices are paid back before the balance, when the call foresees it and while a part is left for them."""
    answer = may_amend(actor, grant)
    if answer.allowed and not waiting:
        return Decision.no("Aucun versement de cette aide n’attend de factures.")
    return answer


def may_reduce(actor: Actor, grant: Grant) -> Decision:
    """An aid in force is reduced by the decision maker of its authority."""
    if actor.organisation_id != grant.authority_id or not actor.has(Role.ARS_DECISION_MAKER):
        return Decision.no(f"Une aide est réduite par le {Role.ARS_DECISION_MAKER.label} qui l’a accordée.")
    if grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} » : seule une aide en cours se réduit.")
    return Decision.yes()


def may_record_repayment(actor: Actor, grant: Grant) -> Decision:
    """What is repaid of a loan is written by the institution that granted it, while the aid runs."""
    if actor.organisation_id != grant.authority_id:
        return Decision.no("Un remboursement est enregistré par l’institution qui a prêté.")
    if not actor.has(*KEEPING):
        names = " ou ".join(role.label for role in KEEPING)
        return Decision.no(f"Cet acte revient à : {names}.")
    if grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} » : son compte de prêt ne change plus.")
    return Decision.yes()


def may_decide_loan(actor: Actor, grant: Grant) -> Decision:
    """Another schedule, or a debt given up, is decided by who decides the aids of the institution that lent."""
    deciders = (Role.ARS_DECISION_MAKER, Role.FUND_CORRESPONDENT)
    if actor.organisation_id != grant.authority_id or not actor.has(*deciders):
        names = " ou le ".join(role.label for role in deciders)
        return Decision.no(
            f"Un prêt se rééchelonne ou se remet par décision de l’institution qui a prêté : le {names}."
        )
    return may_record_repayment(actor, grant)


def may_cancel(actor: Actor, grant: Grant) -> Decision:
    """An aid of which nothing is paid is cancelled by the decision maker of its authority."""
    if actor.organisation_id != grant.authority_id:
        return Decision.no("Cet acte revient à l’autorité qui accorde l’aide.")
    answer = may_advance(grant, "cancel", actor)
    if answer.allowed and grant.instalments.filter(state__in=["ordered", "paid"]).exists():
        return Decision.no(
            "Un versement est ordonnancé ou payé : réduisez l’aide, puis arrêtez son solde, qui dit ce qui est à récupérer."
        )
    return answer


def may_tell_action(actor: Actor, grant: Grant) -> Decision:
    """What becomes of a promised action is told by the establishment, or noted by the authority."""
    if grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} » : ses actions se suivent quand elle est en cours.")
    if actor.organisation_id == grant.beneficiary_id and actor.has(*APPLICANTS):
        return Decision.yes()
    return may_follow(actor, grant)


def may_scan(actor: Actor) -> Decision:
    """An authority that grants aids sends its scans."""
    if actor.kind is not OrganisationKind.ARS or not actor.has(*GRANTING):
        return Decision.no("Les pages numérisées sont rattachées par l’autorité qui accorde les aides.")
    return Decision.yes()


def may_write_socle(actor: Actor) -> Decision:
    """An authority writes its own socle."""
    if actor.kind is not OrganisationKind.ARS or not actor.has(*GRANTING):
        return Decision.no("Le socle minimum est écrit par l’agence régionale de santé.", "Convention, article 1")
    return Decision.yes()


def may_adopt_socle(actor: Actor) -> Decision:
    """Its decision maker adopts it."""
    if actor.kind is not OrganisationKind.ARS or not actor.has(Role.ARS_DECISION_MAKER):
        return Decision.no(f"Le socle minimum est adopté par le {Role.ARS_DECISION_MAKER.label}.")
    return Decision.yes()


def may_keep_catalogue(actor: Actor) -> Decision:
    """The funders of a territory keep its catalogue of schemes together, each its own."""
    if actor.kind not in INSTITUTIONS:
        return Decision.no("Le catalogue des aides est tenu par les financeurs de la région.")
    if not actor.has(Role.ARS_EXAMINER, *KEEPING):
        return Decision.no("Le catalogue est tenu par le correspondant de l’institution ou l’instructeur de l’ARS.")
    return Decision.yes()


def may_write_scheme(actor: Actor, scheme: Scheme) -> Decision:
    """The conditions of a scheme are said by the institution that keeps it."""
    if scheme.owner_id != actor.organisation_id:
        return Decision.no(f"Les conditions de cette aide sont complétées par {scheme.owner.short_name}.")
    return may_keep_catalogue(actor)


def may_send_lists(actor: Actor) -> Decision:
    """A fund, or an authority, sends the list of what it funds and of its schemes."""
    if actor.has(Role.FUND_CORRESPONDENT, *GRANTING):
        return Decision.yes()
    return Decision.no(f"Les listes sont transmises par le {Role.FUND_CORRESPONDENT.label} ou l’autorité.")


def may_take_over(actor: Actor) -> Decision:
    """An institution takes over the aids that it granted itself."""
    if actor.has(Role.FUND_CORRESPONDENT, Role.LABOUR_LEAD, *GRANTING):
        return Decision.yes()
    return Decision.no("Les aides passées sont reprises par l’institution qui les a accordées.")
