"""The folded key computed by the database, for names that are not stored folded: no unaccent, no ICU there."""

from __future__ import annotations

from django.db.models import CharField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower

_ACCENTS = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’'-.,()/«»"
_BARE = "aaaaaaceeeeiiiinooooouuuuyy"


class Translate(Func):
    function = "translate"
    output_field: CharField[str, str] = CharField()


class Replace(Func):
    function = "replace"
    output_field: CharField[str, str] = CharField()


def folded(expression: str | Combinable) -> Func:
    """Lower case without accents, as :func:`avenant.domain.folding.fold` writes it for French names."""
    lower = Lower(F(expression) if isinstance(expression, str) else expression, output_field=TextField())
    bare = Replace(Replace(lower, Value("œ"), Value("oe")), Value("æ"), Value("ae"))
    spaces = _BARE + " " * (len(_ACCENTS) - len(_BARE))
    return Translate(bare, Value(_ACCENTS), Value(spaces))


def with_words(rows: QuerySet, words: list[str], **columns: str) -> QuerySet:  # type: ignore[type-arg]
    """The rows that have each of the folded ``words`` in one of ``columns`` (name of an annotation: its column)."""
    rows = rows.alias(**{f"folded_{name}": folded(column) for name, column in columns.items()})
    for word in words:
        found = Q()
        for name in columns:
            found |= Q(**{f"folded_{name}__contains": word})
        rows = rows.filter(found)
    return rows
