"""Search by words in the folded key of a name."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Model, QuerySet

from avenant.domain.folding import fold

Row = TypeVar("Row", bound=Model)


def with_words(rows: QuerySet[Row], text: str) -> QuerySet[Any]:
    """The rows whose ``folded`` key has a word that begins as each word typed; all of them when none is.

    Reads the index that the table keeps on ``SearchVector("folded", config="simple")``.
    """
    words = fold(text).split()
    if not words:
        return rows
    wanted = SearchQuery(" & ".join(f"{one}:*" for one in words), config="simple", search_type="raw")
    return rows.annotate(words=SearchVector("folded", config="simple")).filter(words=wanted)
