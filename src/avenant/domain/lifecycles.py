"""Who moves what from where to where.

These tables are the only truth about states. From them come ``journal.advance``, the database trigger that refuses any
other move, the buttons, the diagrams of ``docs/reference/lifecycles.md`` and the exhaustive test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from avenant.domain.audiences import Role


@dataclass(frozen=True, slots=True)
class Step:
    """One move: the verb as an agent would say it, the states it leaves, the one it reaches, the roles that make it."""

    verb: str
    label: str
    sources: frozenset[str]
    target: str
    by: frozenset[Role]
    reason: bool = False


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of one kind of file, with the French name of each, and its steps."""

    name: str
    start: str
    states: Mapping[str, str]
    steps: tuple[Step, ...]
    final: frozenset[str] = field(default_factory=frozenset)

    def step(self, verb: str) -> Step:
        """The step of ``verb``; KeyError when the lifecycle has none."""
        for step in self.steps:
            if step.verb == verb:
                return step
        raise KeyError(f"{self.name} has no step {verb!r}")

    def moves(self) -> frozenset[tuple[str, str]]:
        """Every pair (from, to) that a step allows."""
        return frozenset((source, step.target) for step in self.steps for source in step.sources)

    def from_state(self, state: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if state in step.sources)


def _step(
    verb: str, label: str, sources: Iterable[str], target: str, by: Iterable[Role], *, reason: bool = False
) -> Step:
    return Step(verb, label, frozenset(sources), target, frozenset(by), reason)


LEADS = (
    Role.LABOUR_LEAD,
    Role.FUND_CORRESPONDENT,
    Role.SERVICE_MANAGER,
    Role.ARS_DECISION_MAKER,
    Role.DIRECTOR,
)
"""Who speaks for each party, of a contract and in its committee."""

CONTRACT = Lifecycle(
    "contract",
    start="draft",
    states={
        "draft": "en préparation",
        "in_consultation": "en consultation",
        "to_sign": "à la signature",
        "in_force": "en vigueur",
        "denounced": "dénoncé",
        "expired": "échu",
        "ended": "terminé",
    },
    steps=(
        _step("consult", "Ouvrir les consultations", ["draft"], "in_consultation", LEADS),
        _step("open_to_signature", "Ouvrir à la signature", ["draft", "in_consultation"], "to_sign", LEADS),
        _step("resume", "Reprendre la rédaction", ["in_consultation", "to_sign"], "draft", LEADS, reason=True),
        _step("sign_last", "Apporter la dernière signature", ["to_sign"], "in_force", LEADS),
        _step("bring_into_force", "Mettre en vigueur", ["draft"], "in_force", [Role.LABOUR_LEAD, Role.SYSTEM]),
        _step("denounce", "Dénoncer le contrat", ["in_force"], "denounced", LEADS, reason=True),
        _step("expire", "Constater le terme", ["in_force"], "expired", [Role.SYSTEM]),
        _step(
            "end", "Clore le contrat", ["in_force", "denounced"], "ended", [Role.LABOUR_LEAD, Role.SYSTEM], reason=True
        ),
    ),
    final=frozenset({"expired", "ended"}),
)

AMENDMENT = Lifecycle(
    "amendment",
    start="draft",
    states={
        "draft": "en préparation",
        "to_sign": "à la signature",
        "signed": "signé, à venir",
        "applied": "appliqué",
        "withdrawn": "abandonné",
    },
    steps=(
        _step("open_to_signature", "Ouvrir à la signature", ["draft"], "to_sign", LEADS),
        _step("resume", "Reprendre la rédaction", ["to_sign"], "draft", LEADS, reason=True),
        _step("sign_last", "Apporter la dernière signature", ["to_sign"], "signed", LEADS),
        _step("apply", "Appliquer l’avenant", ["signed"], "applied", [*LEADS, Role.SYSTEM]),
        _step("withdraw", "Abandonner l’avenant", ["draft", "to_sign"], "withdrawn", LEADS, reason=True),
    ),
    final=frozenset({"applied", "withdrawn"}),
)

CAMPAIGN = Lifecycle(
    "campaign",
    start="prepared",
    states={"prepared": "en préparation", "open": "ouverte", "closed": "close"},
    steps=(
        _step("open", "Ouvrir la campagne", ["prepared"], "open", [Role.LABOUR_LEAD]),
        _step("close", "Clore la campagne", ["open"], "closed", [Role.LABOUR_LEAD], reason=True),
        _step("reopen", "Rouvrir la campagne", ["closed"], "open", [Role.LABOUR_LEAD], reason=True),
    ),
    final=frozenset({"closed"}),
)

PROVIDERS = (Role.SERVICE_MANAGER, Role.SOCIAL_SERVICE, Role.FUND_CORRESPONDENT)

PART = Lifecycle(
    "part",
    start="draft",
    states={
        "draft": "en saisie",
        "submitted": "en contrôle",
        "returned": "renvoyée avec questions",
        "validated": "validée",
        "consolidated": "consolidée",
    },
    steps=(
        _step("submit", "Transmettre la déclaration", ["draft", "returned"], "submitted", PROVIDERS),
        _step("return", "Renvoyer avec questions", ["submitted"], "returned", [Role.LABOUR_LEAD], reason=True),
        _step("validate", "Valider la déclaration", ["submitted"], "validated", [Role.LABOUR_LEAD]),
        _step("consolidate", "Consolider", ["validated"], "consolidated", [Role.SYSTEM]),
        _step("take_over", "Reprendre une année antérieure", ["draft"], "consolidated", [Role.LABOUR_LEAD]),
        _step(
            "reopen", "Rouvrir par décision", ["validated", "consolidated"], "returned", [Role.LABOUR_LEAD], reason=True
        ),
    ),
    final=frozenset({"consolidated"}),
)

REVIEW = Lifecycle(
    "review",
    start="draft",
    states={"draft": "en rédaction", "signed_off": "arrêté"},
    steps=(
        _step("sign_off", "Arrêter le bilan", ["draft"], "signed_off", [Role.LABOUR_LEAD]),
        _step("reopen", "Rouvrir le bilan", ["signed_off"], "draft", [Role.LABOUR_LEAD], reason=True),
    ),
    final=frozenset({"signed_off"}),
)

FUNDING_REQUEST = Lifecycle(
    "funding_request",
    start="draft",
    states={
        "draft": "en préparation",
        "submitted": "déposée",
        "awaiting": "en attente de retour",
        "granted": "accordée",
        "refused": "refusée",
    },
    steps=(
        _step("submit", "Déclarer la demande déposée", ["draft"], "submitted", LEADS),
        _step("acknowledge", "Constater que la réponse est attendue", ["submitted"], "awaiting", LEADS),
        _step("take_over", "Reprendre une demande en attente", ["draft"], "awaiting", [Role.SYSTEM]),
        _step("grant", "Enregistrer l’accord", ["submitted", "awaiting"], "granted", LEADS),
        _step("refuse", "Enregistrer le refus", ["submitted", "awaiting"], "refused", LEADS, reason=True),
    ),
    final=frozenset({"granted", "refused"}),
)

CALL = Lifecycle(
    "call",
    start="preparation",
    states={
        "preparation": "en préparation",
        "consulted": "partenaires consultés",
        "advised": "avis du comité rendu",
        "validated": "validé",
        "published": "publié",
        "closed": "clos",
        "decided": "décidé",
    },
    steps=(
        _step("consult", "Soumettre au comité", ["preparation"], "consulted", [Role.ARS_CALL_OFFICER]),
        _step("advise", "Enregistrer l’avis du comité", ["consulted"], "advised", [Role.ARS_CALL_OFFICER]),
        _step("validate", "Valider l’appel", ["preparation", "advised"], "validated", [Role.ARS_DECISION_MAKER]),
        _step(
            "resume", "Reprendre la préparation", ["consulted", "advised", "validated"], "preparation",
            [Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER], reason=True,
        ),
        _step("publish", "Publier l’appel", ["validated"], "published", [Role.ARS_CALL_OFFICER]),
        _step("close", "Clore le dépôt", ["published"], "closed", [Role.ARS_CALL_OFFICER, Role.SYSTEM]),
        _step("extend", "Prolonger par décision", ["closed"], "published", [Role.ARS_DECISION_MAKER], reason=True),
        _step("decide", "Arrêter les décisions", ["closed"], "decided", [Role.ARS_DECISION_MAKER]),
    ),
    final=frozenset({"decided"}),
)  # fmt: skip

APPLICANTS = (Role.DIRECTOR, Role.PROJECT_LEAD)

DOSSIER = Lifecycle(
    "dossier",
    start="draft",
    states={
        "draft": "en préparation",
        "submitted": "déposé",
        "complete": "complet",
        "rejected_incomplete": "rejeté, incomplet",
        "withdrawn": "retiré",
    },
    steps=(
        _step("submit", "Déposer le dossier", ["draft"], "submitted", [Role.DIRECTOR]),
        _step("withdraw", "Retirer le dossier", ["draft", "submitted", "complete"], "withdrawn", [Role.DIRECTOR], reason=True),
        _step("declare_complete", "Déclarer complet", ["submitted"], "complete", [Role.ARS_CALL_OFFICER, Role.SYSTEM]),
        _step(
            "reject_incomplete", "Rejeter, dossier incomplet", ["submitted"], "rejected_incomplete",
            [Role.ARS_CALL_OFFICER, Role.SYSTEM], reason=True,
        ),
    ),
    final=frozenset({"complete", "rejected_incomplete", "withdrawn"}),
)  # fmt: skip

SEATED = (*LEADS, Role.ARS_CALL_OFFICER)
"""Who keeps a committee going, for each institution that may sit."""

INSTRUCTION = Lifecycle(
    "instruction",
    start="opened",
    states={"opened": "à attribuer", "assigned": "en instruction", "examined": "instruit"},
    steps=(
        _step("assign", "Attribuer l’instruction", ["opened"], "assigned", [Role.ARS_CALL_OFFICER]),
        _step(
            "conclude", "Conclure l’instruction", ["assigned"], "examined", [Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER]
        ),
        _step("reopen", "Rouvrir l’instruction", ["examined"], "assigned", [Role.ARS_CALL_OFFICER], reason=True),
    ),
    final=frozenset({"examined"}),
)

EXAMINERS = (Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER)

SUPPLEMENT = Lifecycle(
    "supplement",
    start="asked",
    states={"asked": "demandé", "answered": "répondu", "accepted": "reçu", "lapsed": "sans réponse"},
    steps=(
        _step("answer", "Transmettre les compléments", ["asked"], "answered", APPLICANTS),
        _step("return", "Redemander", ["answered", "lapsed"], "asked", EXAMINERS, reason=True),
        _step("accept", "Accepter les compléments", ["answered"], "accepted", EXAMINERS),
        _step("lapse", "Constater l’absence de réponse", ["asked"], "lapsed", [*EXAMINERS, Role.SYSTEM]),
    ),
    final=frozenset({"accepted", "lapsed"}),
)

SESSION = Lifecycle(
    "session",
    start="planned",
    states={
        "planned": "planifiée",
        "convened": "convoquée",
        "held": "tenue",
        "minutes_shared": "compte rendu soumis",
        "minutes_approved": "compte rendu approuvé",
        "cancelled": "annulée",
    },
    steps=(
        _step("convene", "Convoquer la séance", ["planned"], "convened", SEATED),
        _step("hold", "Clore la séance", ["convened"], "held", SEATED),
        _step("share_minutes", "Soumettre le compte rendu", ["held"], "minutes_shared", SEATED),
        _step("correct_minutes", "Corriger le compte rendu", ["minutes_shared"], "held", SEATED, reason=True),
        _step("approve_minutes", "Approuver le compte rendu", ["minutes_shared"], "minutes_approved", SEATED),
        _step("cancel", "Annuler la séance", ["planned", "convened"], "cancelled", SEATED, reason=True),
    ),
    final=frozenset({"minutes_approved", "cancelled"}),
)

PLANNING = Lifecycle(
    "planning",
    start="draft",
    states={"draft": "en préparation", "consulting": "en consultation", "published": "publié"},
    steps=(
        _step("consult", "Consulter les services", ["draft"], "consulting", [Role.LABOUR_LEAD]),
        _step("publish", "Publier le calendrier", ["consulting"], "published", [Role.LABOUR_LEAD]),
    ),
    final=frozenset({"published"}),
)

REPORT = Lifecycle(
    "report",
    start="draft",
    states={"draft": "en rédaction", "adopted": "adopté"},
    steps=(
        _step("adopt", "Adopter le bilan", ["draft"], "adopted", LEADS),
        _step("reopen", "Rouvrir le bilan", ["adopted"], "draft", LEADS, reason=True),
    ),
    final=frozenset({"adopted"}),
)

GRANTING = (Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER)
KEEPING = (*GRANTING, Role.FUND_CORRESPONDENT, Role.LABOUR_LEAD)
"""Who takes over the aids of a former file."""

GRANT = Lifecycle(
    "grant",
    start="awarded",
    states={
        "awarded": "accordée",
        "to_sign": "convention à la signature",
        "in_force": "en cours",
        "closed": "soldée",
        "cancelled": "annulée",
    },
    steps=(
        _step("open_to_signature", "Ouvrir la convention à la signature", ["awarded"], "to_sign", GRANTING),
        _step("resume", "Reprendre la convention", ["to_sign"], "awarded", GRANTING, reason=True),
        _step(
            "sign_last", "Apporter la dernière signature", ["to_sign"], "in_force",
            [*GRANTING, Role.DIRECTOR, Role.STAFF_REPRESENTATIVE],
        ),
        _step("take_over", "Reprendre une aide d’un ancien fichier", ["awarded"], "in_force", KEEPING),
        _step("close", "Solder l’aide", ["in_force"], "closed", [*GRANTING, Role.SYSTEM]),
        _step("reopen", "Rouvrir l’aide", ["closed"], "in_force", [Role.ARS_DECISION_MAKER], reason=True),
        _step(
            "cancel", "Annuler l’aide", ["awarded", "to_sign", "in_force"], "cancelled", [Role.ARS_DECISION_MAKER],
            reason=True,
        ),
    ),
    final=frozenset({"closed", "cancelled"}),
)  # fmt: skip

INSTALMENT = Lifecycle(
    "instalment",
    start="planned",
    states={
        "planned": "prévu",
        "certified": "service fait",
        "ordered": "ordonnancé",
        "paid": "payé",
        "cancelled": "annulé",
        "lapsed": "caduc",
    },
    steps=(
        _step("certify", "Certifier le service fait", ["planned"], "certified", GRANTING),
        _step("uncertify", "Retirer la certification", ["certified"], "planned", [*GRANTING, Role.SYSTEM], reason=True),
        _step("order", "Ordonnancer le versement", ["certified"], "ordered", GRANTING),
        _step("take_back", "Reprendre l’ordre de paiement", ["ordered"], "certified", GRANTING, reason=True),
        _step("pay", "Enregistrer le paiement", ["ordered"], "paid", GRANTING),
        _step("bounce", "Constater le rejet du paiement", ["paid"], "certified", GRANTING, reason=True),
        _step("take_over", "Reprendre un versement passé", ["planned"], "paid", KEEPING),
        _step(
            "cancel",
            "Annuler le versement",
            ["planned", "certified"],
            "cancelled",
            [*GRANTING, Role.SYSTEM],
            reason=True,
        ),
        _step("lapse", "Constater la caducité", ["planned", "certified"], "lapsed", [Role.SYSTEM]),
    ),
    final=frozenset({"paid", "cancelled", "lapsed"}),
)

GRANTED_ACTION = Lifecycle(
    "granted_action",
    start="promised",
    states={"promised": "engagée", "done": "réalisée", "abandoned": "abandonnée"},
    steps=(
        _step("complete", "Déclarer réalisée", ["promised"], "done", [*APPLICANTS, *GRANTING]),
        _step("abandon", "Abandonner l’action", ["promised"], "abandoned", [Role.DIRECTOR, *GRANTING], reason=True),
        _step("resume", "Reprendre l’action", ["done", "abandoned"], "promised", GRANTING, reason=True),
    ),
    final=frozenset({"done", "abandoned"}),
)

SELECTION = Lifecycle(
    "selection",
    start="prepared",
    states={
        "prepared": "en préparation",
        "closed": "close, classement figé",
        "decided": "décidée",
        "notified": "notifiée",
        "cancelled": "annulée",
    },
    steps=(
        _step("close", "Clore la séance de sélection", ["prepared"], "closed", [Role.ARS_CALL_OFFICER]),
        _step("reopen", "Rouvrir la séance de sélection", ["closed"], "prepared", [Role.ARS_DECISION_MAKER], reason=True),
        _step("decide_last", "Prendre la dernière décision", ["closed"], "decided", [Role.ARS_DECISION_MAKER]),
        _step("notify", "Notifier les décisions", ["decided"], "notified", [Role.ARS_CALL_OFFICER]),
        _step("cancel", "Annuler la séance de sélection", ["prepared"], "cancelled", [Role.ARS_CALL_OFFICER], reason=True),
    ),
    final=frozenset({"notified", "cancelled"}),
)  # fmt: skip

READING = (Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER)
"""Who reads what a funded establishment hands in."""
PARTNERS = (*READING, Role.ARS_DECISION_MAKER, Role.FUND_CORRESPONDENT, Role.LABOUR_LEAD)
"""The people of the three institutions who follow a funded project."""

GRANT_REPORT = Lifecycle(
    "grant_report",
    start="expected",
    states={
        "expected": "attendu",
        "received": "reçu",
        "returned": "renvoyé",
        "accepted_reserve": "accepté avec réserve",
        "accepted": "accepté",
        "dropped": "sans objet",
    },
    steps=(
        _step("hand_in", "Remettre", ["expected", "returned"], "received", [Role.DIRECTOR]),
        _step("return", "Renvoyer", ["received"], "returned", GRANTING, reason=True),
        _step("accept", "Accepter", ["received"], "accepted", GRANTING),
        _step("accept_with_reserve", "Accepter avec réserve", ["received"], "accepted_reserve", GRANTING, reason=True),
        _step("lift_reserve", "Lever la réserve", ["accepted_reserve"], "accepted", GRANTING, reason=True),
        _step("drop", "Constater sans objet", ["expected"], "dropped", [*READING, Role.SYSTEM], reason=True),
        _step("expect_again", "Attendre de nouveau", ["dropped"], "expected", [*READING, Role.SYSTEM]),
    ),
    final=frozenset({"accepted"}),
)

RECOVERY = Lifecycle(
    "recovery",
    start="established",
    states={
        "established": "constatée",
        "notified": "notifiée à l’établissement",
        "observed": "observations reçues",
        "decided": "décidée",
        "charged": "imputée sur notification",
        "ordered": "titre de recette émis",
        "settled": "soldée",
        "waived": "abandonnée",
    },
    steps=(
        _step("notify", "Notifier à l’établissement", ["established"], "notified", GRANTING),
        _step("observe", "Présenter des observations", ["notified"], "observed", [Role.DIRECTOR]),
        _step("decide", "Décider la récupération", ["notified", "observed"], "decided", [Role.ARS_DECISION_MAKER], reason=True),
        _step("charge", "Imputer sur une notification", ["decided", "ordered"], "charged", GRANTING),
        _step("order", "Émettre un titre de recette", ["decided", "charged"], "ordered", GRANTING),
        _step("settle", "Solder la récupération", ["charged", "ordered"], "settled", GRANTING),
        _step(
            "waive", "Abandonner la récupération", ["established", "notified", "observed", "decided"], "waived",
            [Role.ARS_DECISION_MAKER], reason=True,
        ),
    ),
    final=frozenset({"settled", "waived"}),
)  # fmt: skip

EVALUATION = Lifecycle(
    "evaluation",
    start="expected",
    states={"expected": "attendue", "received": "reçue", "returned": "renvoyée", "accepted": "acceptée"},
    steps=(
        _step("hand_in", "Remettre l’évaluation", ["expected", "returned"], "received", [Role.DIRECTOR]),
        _step("return", "Renvoyer l’évaluation", ["received"], "returned", READING, reason=True),
        _step("accept", "Accepter l’évaluation", ["received"], "accepted", READING),
    ),
    final=frozenset({"accepted"}),
)

DUERP_PROMISE = Lifecycle(
    "duerp_promise",
    start="promised",
    states={"promised": "lettre signée", "received": "DUERP mis à jour reçu"},
    steps=(
        _step("hand_in", "Remettre le DUERP mis à jour", ["promised"], "received", APPLICANTS),
        _step("return", "Redemander le DUERP", ["received"], "promised", READING, reason=True),
    ),
    final=frozenset({"received"}),
)

VISIT = Lifecycle(
    "visit",
    start="planned",
    states={"planned": "prévue", "reported": "compte rendu fait", "cancelled": "annulée"},
    steps=(
        _step("report", "Enregistrer le compte rendu", ["planned"], "reported", PARTNERS),
        _step("cancel", "Annuler la visite", ["planned"], "cancelled", PARTNERS, reason=True),
    ),
    final=frozenset({"reported", "cancelled"}),
)

JOINT_REVIEW = Lifecycle(
    "joint_review",
    start="open",
    states={"open": "en rédaction", "closed": "arrêté"},
    steps=(
        _step("close", "Arrêter le bilan conjoint", ["open"], "closed", PARTNERS),
        _step("reopen", "Rouvrir le bilan conjoint", ["closed"], "open", PARTNERS, reason=True),
    ),
    final=frozenset({"closed"}),
)

LIFECYCLES: dict[str, Lifecycle] = {
    cycle.name: cycle
    for cycle in (
        CONTRACT, AMENDMENT, FUNDING_REQUEST, CAMPAIGN, PART, REVIEW, SESSION, PLANNING, REPORT, CALL, DOSSIER, INSTRUCTION,
        SUPPLEMENT, GRANT, INSTALMENT,
        GRANTED_ACTION, GRANT_REPORT, RECOVERY, EVALUATION, DUERP_PROMISE, VISIT, JOINT_REVIEW,
        SELECTION,
    )
}  # fmt: skip
