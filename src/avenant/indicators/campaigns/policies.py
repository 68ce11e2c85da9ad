"""May this actor run the collection of a region."""

from __future__ import annotations

from datetime import date

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.domain.indicators import deadlines
from avenant.foundations.parties.actors import Actor

BASIS = "CPOM PACA 2025-2029, articles 6 et 7"


def may_run_campaigns(actor: Actor) -> Decision:
    """The labour directorate of the region opens and closes campaigns."""
    if not actor.has(Role.LABOUR_LEAD):
        return Decision.no("Ouvrir ou clore une campagne revient à la direction du travail de la région.", BASIS)
    return Decision.yes()


def may_prepare(actor: Actor, year: int, committee_on: date, *, exists: bool) -> Decision:
    """One campaign a region and year; its committee sits in March or April of the next year."""
    if exists:
        return Decision.no(
            f"La campagne {year} existe déjà dans votre région : ouvrez-la plutôt que d’en créer une autre."
        )
    window = deadlines.committee_window(year)
    if committee_on not in window:
        return Decision.no(
            f"Le comité de suivi se réunit en mars ou avril {year + 1} : choisissez une date dans cette période.",
            "CPOM PACA 2025-2029, article 7",
        )
    return Decision.yes()
