"""The sentences, in French: one for readers, the same for every hidden cell; and the reason, for the owner of the
records only."""

from __future__ import annotations

from avenant.domain.disclosure.audit import Audit, Breach
from avenant.domain.disclosure.primary import Reason, Rules

HIDDEN = (
    "Ce chiffre n’est pas affiché : il relève du secret statistique, "
    "ou il permettrait d’en déduire un autre qui en relève."
)
"""Told to readers. It never says whether a cell is sensitive itself: that would already be an indication."""


def owner_reason(reason: Reason, rules: Rules) -> str:
    """Why a cell is sensitive, told to the service whose records it counts and to nobody else."""
    return {
        Reason.PERSONS: f"Moins de {rules.persons} personnes.",
        Reason.ESTABLISHMENTS: f"Moins de {rules.establishments} établissements.",
        Reason.DOMINANCE: f"Une même entreprise (SIREN) représente plus de {rules.dominance} % du chiffre.",
        Reason.PROPORTION: f"La deuxième entreprise estimerait la première à {rules.proportion} % près.",
        Reason.COMPLEMENT: f"Le reste du total compterait moins de {rules.persons} personnes.",
        Reason.GROUP: "Toutes les personnes de la ligne ont la même modalité : la publier parlerait de chacune.",
    }[reason]


def breach_sentence(breach: Breach) -> str:
    """What an attacker deduces, for the person who must change the publication; it holds secrets and stays with the
    owner."""
    low, high = breach.deduced
    who = "Un lecteur extérieur" if breach.attacker == "public" else f"Le lecteur « {breach.attacker} »"
    if low == high:
        return f"{who} déduit exactement la case « {breach.requirement.key} »."
    top = "sans limite haute" if high is None else f"et {high}"
    asked = f"{breach.requirement.low} et {breach.requirement.high}"
    return (
        f"{who} situe la case « {breach.requirement.key} » entre {low} {top} ; la règle demande au moins entre {asked}."
    )


def verdict(audit: Audit) -> str:
    """The outcome of an audit in one sentence."""
    if audit.safe:
        count = len(audit.assessment.attackers)
        return f"Publication sûre : vérifiée par additions contre {count} lecteur{'s' if count > 1 else ''}."
    cells = len({breach.requirement.key for breach in audit.breaches})
    if cells == 1:
        return "Publication refusée : une case pourrait être déduite."
    return f"Publication refusée : {cells} cases pourraient être déduites."
