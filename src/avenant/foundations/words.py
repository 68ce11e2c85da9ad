"""Search by words: in the folded key that a table keeps, or in names folded by the database (no unaccent, no ICU there)."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import CharField, Func, Model, Q, QuerySet

from avenant.domain.folding import fold

Row = TypeVar("Row", bound=Model)
_ACCENTS = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’'-.,()/«»"
_QUOTED = _ACCENTS.replace("'", "''")
_BARE = "aaaaaaceeeeiiiinooooouuuuyy"


def with_words(rows: QuerySet[Row], text: str) -> QuerySet[Any]:
    """The rows whose ``folded`` key has a word that begins as each word typed; all of them when none is.

    Reads the index that the table keeps on ``SearchVector("folded", config="simple")``.
    """
    words = fold(text).split()
    if not words:
        return rows
    wanted = SearchQuery(" & ".join(f"{one}:*" for one in words), config="simple", search_type="raw")
    return rows.annotate(words=SearchVector("folded", config="simple")).filter(words=wanted)


class Folded(Func):
    """Lower case without accents, as :func:`avenant.domain.folding.fold` writes it for French names.

    One node rather than one for each function: a search asks for a dozen of them.
    """

    template = (
        "translate(replace(replace(lower(%(expressions)s), 'œ', 'oe'), 'æ', 'ae'), "
        f"'{_QUOTED}', '{_BARE.ljust(len(_ACCENTS))}')"
    )
    output_field: CharField[str, str] = CharField()


def with_words_in(rows: QuerySet, words: list[str], *, or_else: Q | None = None, **columns: str) -> QuerySet:  # type: ignore[type-arg]
    """The rows that have each of the folded ``words`` in one of ``columns`` (name of an annotation: its column).

    ``or_else``: the rows that have none and are found all the same.
    """
    rows = rows.alias(**{f"folded_{name}": Folded(column) for name, column in columns.items()})
    every = Q()
    for word in words:
        found = Q()
        for name in columns:
            found |= Q(**{f"folded_{name}__contains": word})
        every &= found
    return rows.filter(every | or_else if every and or_else else every)
