"""Statistical disclosure control: what may be shown of figures about people and companies, with a proof.

The way through, each step in its own module:

1. ``tables``: counts become a :class:`Publication`, all cells and all equations between them;
2. ``primary``: :func:`assess` says which cells are sensitive, and how uncertain they must stay for each attacker;
3. ``protection``: :func:`protect` hides them and enough others;
4. ``audit``: :func:`audit` proves it or refuses; ``release()`` gives what may be shown;
5. ``witness``: :func:`unproved` checks the proofs again by additions alone.

Beside it: ``rounding`` for public tables and maps, ``preview`` before a breakdown is put in a contract, ``reader``
for what anyone can deduce, ``wording`` for the French sentences.
"""

from avenant.domain.disclosure.audit import Audit, Breach, audit, audit_pattern
from avenant.domain.disclosure.cells import (
    PUBLIC,
    Attacker,
    Cell,
    DisclosureError,
    Equation,
    Origin,
    Publication,
    Showing,
    Unit,
    insiders,
    together,
)
from avenant.domain.disclosure.preview import Preview, preview
from avenant.domain.disclosure.primary import Assessment, Reason, Requirement, Rules, assess
from avenant.domain.disclosure.protection import Method, Protection, by_number, by_root, by_value, protect
from avenant.domain.disclosure.reader import Reader, Sight, range_of
from avenant.domain.disclosure.rounding import controlled_rounding, is_rounded, with_cell_key
from avenant.domain.disclosure.tables import TOTAL, Axis, Count, after_release, by_company, cross, of_which
from avenant.domain.disclosure.witness import Proof, Witness, unproved

__all__ = [
    "PUBLIC",
    "TOTAL",
    "Assessment",
    "Attacker",
    "Audit",
    "Axis",
    "Breach",
    "Cell",
    "Count",
    "DisclosureError",
    "Equation",
    "Method",
    "Origin",
    "Preview",
    "Proof",
    "Protection",
    "Publication",
    "Reader",
    "Reason",
    "Requirement",
    "Rules",
    "Showing",
    "Sight",
    "Unit",
    "Witness",
    "after_release",
    "assess",
    "audit",
    "audit_pattern",
    "by_company",
    "by_number",
    "by_root",
    "by_value",
    "controlled_rounding",
    "cross",
    "insiders",
    "is_rounded",
    "of_which",
    "preview",
    "protect",
    "range_of",
    "together",
    "unproved",
    "with_cell_key",
]
