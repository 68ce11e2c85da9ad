"""Pages of a long list: counted to 1,000, numbered to 100, never counted over everything."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from avenant.domain.french import format_number

COUNTED: Final = 1_000
NUMBERED: Final = 100


class Pages(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """The first hundred pages of a list. ``cut`` says that the list goes on: it should be made narrower, or exported."""

    object_list: Any

    def __init__(self, rows: QuerySet[Any] | Sequence[Any], per_page: int) -> None:
        super().__init__(rows, per_page)

    @cached_property
    def known(self) -> int:
        """How many rows, up to one more than the last numbered page holds."""
        most = self.per_page * NUMBERED + 1
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[:most].count()  # sorted, every row would be read before the first
        return len(self.object_list[:most])

    @cached_property
    def count(self) -> int:
        return min(self.known, self.per_page * NUMBERED)

    @property
    def cut(self) -> bool:
        return self.known > self.per_page * NUMBERED


class KeyedPages(Pages):
    """Pages of wide rows: the keys of a page are found first, so that the rows before it are never read whole.

    Beyond the first page, the keys from its first row on say both what it holds and how many rows the list has.
    """

    object_list: QuerySet[Any]

    def __init__(self, rows: QuerySet[Any], per_page: int) -> None:
        super().__init__(rows, per_page)
        self._read: dict[int, list[Any]] = {}

    def get_page(self, number: float | str | None) -> Page[Any]:
        """The page asked for, or the nearest that exists."""
        asked = str(number or "")
        if asked.isdecimal() and 1 < int(asked) <= NUMBERED and (keys := self._keys_from(int(asked))):
            self.known = (int(asked) - 1) * self.per_page + len(keys)
        return super().get_page(number)

    def page(self, number: int | str) -> Page[Any]:
        """One page, its rows in the order of the list."""
        found = super().page(number)
        if found.number > 1:
            keys = self._keys_from(found.number)[: self.per_page]
            found.object_list = self.object_list.filter(pk__in=keys)
        return found

    def _keys_from(self, number: int) -> list[Any]:
        """The keys from the first row of a page to one more than the last numbered page holds; read once."""
        if number not in self._read:
            keys, first = self.object_list.values_list("pk", flat=True), (number - 1) * self.per_page
            self._read[number] = list(keys[first : self.per_page * NUMBERED + 1])
        return self._read[number]


def word_count(count: int, noun: str, *, none: str = "Aucune") -> str:
    """« 14 lignes », « Aucune ligne », « Plus de 1 000 lignes » beyond a thousand."""
    if count > COUNTED:
        return f"Plus de {format_number(COUNTED)} {noun}s"
    return f"{format_number(count) if count else none} {noun}{'s' if count > 1 else ''}"
