"""The folded key computed by the database, for names that are not stored folded: no unaccent, no ICU there."""

from __future__ import annotations

from django.db.models import CharField, Func, Q, QuerySet

_ACCENTS = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’'-.,()/«»"
_QUOTED = _ACCENTS.replace("'", "''")
_BARE = "aaaaaaceeeeiiiinooooouuuuyy"


class Folded(Func):
    """Lower case without accents, as :func:`avenant.domain.folding.fold` writes it for French names.

    One node rather than one for each function: a search asks for a dozen of them.
    """

    template = (
        "translate(replace(replace(lower(%(expressions)s), 'œ', 'oe'), 'æ', 'ae'), "
        f"'{_QUOTED}', '{_BARE.ljust(len(_ACCENTS))}')"
    )
    output_field: CharField[str, str] = CharField()


def with_words(rows: QuerySet, words: list[str], *, or_else: Q | None = None, **columns: str) -> QuerySet:  # type: ignore[type-arg]
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
