"""What is counted: one dated expression an indicator, over the canonical tables, the same on every engine.

``registry`` holds the vocabulary, ``relations`` the prepared rows of a year, then one module a strand. ``run`` computes
all of them, one query a relation.
"""

from avenant.collect.counting import cell, companies, visits
from avenant.collect.counting.registry import Countable, Tally, of_indicator, standing
from avenant.collect.counting.relations import RELATIONS, Records
from avenant.collect.counting.run import Engine, Figure, compute, distribution, records, statement

__all__ = [
    "RELATIONS",
    "Countable",
    "Engine",
    "Figure",
    "Records",
    "Tally",
    "cell",
    "companies",
    "compute",
    "distribution",
    "of_indicator",
    "records",
    "standing",
    "statement",
    "visits",
]
