"""May this import be confirmed or undone, and if not why."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from avenant.domain.decision import Decision
from avenant.foundations.imports.kinds import find_kind
from avenant.foundations.imports.models import Import
from avenant.foundations.parties.actors import Actor


def may_confirm(actor: Actor, row: Import) -> Decision:
    """What was read, by somebody who may take such a file, once."""
    allowed = find_kind(row.kind).may(actor)
    if not allowed.allowed:
        return allowed
    if row.confirmed_at or row.failure or not row.read_at:
        return Decision.no("Ce fichier n’attend pas de confirmation.")
    if not row.said("count", 0):
        return Decision.no("Aucune ligne de ce fichier ne peut être reprise.")
    return Decision.yes()


def may_undo(actor: Actor, row: Import, at: datetime) -> Decision:
    """The day it was taken, and no later: then others count on it."""
    kind = find_kind(row.kind)
    allowed = kind.may(actor)
    if not allowed.allowed:
        return allowed
    if kind.large:
        return Decision.no("Le répertoire ne se défait pas\u202f: importez de nouveau le fichier précédent.")
    if not row.taken_at or row.undone_at:
        return Decision.no("Cet import n’a rien à annuler.")
    if timezone.localdate(row.taken_at) != timezone.localdate(at):
        return Decision.no("Un import s’annule le jour même seulement.")
    return Decision.yes()
