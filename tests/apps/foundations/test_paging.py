"""Lists count to 1,000 and number their pages to 100."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from avenant.foundations.accounts.models import User
from avenant.foundations.journal.models import Event
from avenant.foundations.paging import KeyedPages, Pages, word_count


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "Aucune ligne"), (1, "1 ligne"), (2, "2 lignes"), (1000, "1 000 lignes"), (1001, "Plus de 1 000 lignes")],
)
def test_a_list_says_how_many_up_to_a_thousand(count: int, words: str) -> None:
    assert word_count(count, "ligne").replace("\u202f", " ").replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("rows", "pages", "cut"), [(0, 1, False), (199, 100, False), (200, 100, False), (201, 100, True)]
)
def test_pages_are_numbered_to_a_hundred(rows: int, pages: int, cut: bool) -> None:
    found = Pages(list(range(rows)), 2)
    assert (found.num_pages, found.cut) == (pages, cut)


@pytest.mark.django_db
def test_nothing_is_counted_beyond_the_last_numbered_page() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert Pages(Event.objects.order_by("pk"), 50).count >= 0
    assert "LIMIT 5001" in captured.captured_queries[0]["sql"]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [None, "", "0", "1", "2", "3", "4", "99", "101", "x"])
def test_pages_found_by_their_keys_are_the_same(asked: str | None) -> None:
    for name in "abcde":
        User.objects.create(email=f"{name}@pages.example", name=name)
    rows = User.objects.filter(email__endswith="@pages.example").order_by("email")
    plain, keyed = Pages(rows, 2).get_page(asked), KeyedPages(rows, 2).get_page(asked)
    assert [one.email for one in keyed] == [one.email for one in plain]
    assert (keyed.number, keyed.paginator.count, keyed.has_next()) == (plain.number, 5, plain.has_next())


@pytest.mark.django_db
@pytest.mark.parametrize(("page", "queries"), [("1", 2), ("2", 2), ("3", 2)])
def test_a_page_found_by_its_keys_counts_nothing_twice(page: str, queries: int) -> None:
    User.objects.bulk_create(User(email=f"{rank}@pages.example", name="x") for rank in range(5))
    rows = User.objects.filter(email__endswith="@pages.example").order_by("email")
    with CaptureQueriesContext(connection) as captured:
        assert list(KeyedPages(rows, 2).get_page(page))
    assert len(captured) == queries
