"""The components, together in one page and one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import LazySettings
from django.template import Context, Template
from django.test import RequestFactory
from tests.apps.site.gallery import EveryField, show_gallery

from avenant.domain.decision import Decision, Refused
from avenant.foundations.doors import refuse
from avenant.site.context import shell

REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


@pytest.fixture(autouse=True)
def plain_static_files(settings: LazySettings) -> None:
    """Addresses of static files without the manifest that collectstatic makes."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


class Elements(HTMLParser):
    """The elements of a page, in order, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for found, attributes in self.found if found == tag]


def render(source: str, **context: Any) -> str:
    request = RequestFactory().get("/liste?etat=ouvert&page=3")
    return Template(source).render(Context({"request": request, **context})).strip().replace("\u202f", " ")


@pytest.mark.parametrize("address", ["/galerie", "/galerie?erreurs=1"])
def test_every_reference_of_the_gallery_has_its_element(address: str) -> None:
    page = Elements(show_gallery(RequestFactory().get(address)).content.decode())
    identifiers = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    wanted = {name for _, attributes in page.found for key in REFERENCES for name in attributes.get(key, "").split()}
    links = {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")} - {"question"}
    assert wanted | links <= set(identifiers)
    assert len(page.all("h1")) == 1


def test_errors_are_told_at_the_top_and_beside_each_field() -> None:
    page = Elements(show_gallery(RequestFactory().get("/galerie?erreurs=1")).content.decode())
    text = next(field for field in page.all("input") if field.get("name") == "text")
    assert text["aria-invalid"] == "true"
    assert text["aria-describedby"] == "id_text_helptext id_text_error"
    assert {"#id_text", "#id_amount", "#id_radio", "#id_box"} <= {link["href"] for link in page.all("a")}


@pytest.mark.parametrize(
    "tag", ["submit_button 'Valider' may", "link_button 'Valider' '/x' may", "post_button 'Valider' '/x' may"]
)
def test_refused_act_is_disabled_with_its_reason_and_article(tag: str) -> None:
    told = render(f"{{% {tag} %}}", may=Decision.no("Un écart reste à régler.", "CPOM, article 6"), csrf_token="x")
    button = Elements(told).all("button")[0]
    assert "disabled" in button
    assert Elements(told).all("p")[0]["id"] == button["aria-describedby"]
    assert "Un écart reste à régler." in told
    assert "CPOM, article 6" in told


@pytest.mark.parametrize(
    "tag", ["submit_button 'Valider' may", "link_button 'Valider' '/x' may", "post_button 'Valider' '/x' may"]
)
def test_allowed_act_has_no_reason(tag: str) -> None:
    told = render(f"{{% {tag} %}}", may=Decision.yes(), csrf_token="x")
    assert "disabled" not in told
    assert "<p" not in told


def test_post_button_asks_and_carries_its_token() -> None:
    told = Elements(render("{% post_button 'Valider' '/x' name='part' value='7' confirm='Sûr ?' %}", csrf_token="x"))
    assert told.all("form")[0] == {"method": "post", "action": "/x"}
    assert told.all("input")[0]["name"] == "csrfmiddlewaretoken"
    button = told.all("button")[0]
    assert (button["name"], button["value"], button["data-confirm"]) == ("part", "7", "Sûr ?")


def test_figure_never_shows_what_is_missing_as_zero() -> None:
    assert "non disponible" in render("{% figure None 'formations' %}")
    assert "secret statistique" in render("{% figure 'secret statistique' 'salariés' %}")
    assert ">0<" in render("{% figure 0 'formations' %}")


def test_figure_shows_the_year_before_and_the_evolution() -> None:
    told = render(
        "{% figure value 'visites' before=before before_label='2024' %}", value=Decimal(1391), before=Decimal(1204)
    )
    assert "1 391" in told
    assert "2024 : 1 204, + 15,5 %" in told


@pytest.mark.parametrize(("done", "words"), [(14, "14 services sur 14"), (13, "13 services sur 14, total partiel")])
def test_coverage_says_when_a_total_is_partial(done: int, words: str) -> None:
    assert render("{% coverage done 14 'services' %}", done=done) == words


@pytest.mark.parametrize(
    ("sort", "direction", "address"),
    [
        ("code", "ascending", "?etat=ouvert&tri=-code"),
        ("-code", "descending", "?etat=ouvert&tri=code"),
        ("name", None, "?etat=ouvert&tri=code"),
    ],
)
def test_sort_header_turns_and_keeps_the_filters(sort: str, direction: str | None, address: str) -> None:
    told = Elements(render("{% sort_header 'code' 'Code' sort %}", sort=sort))
    assert told.all("th")[0].get("aria-sort") == direction
    assert told.all("a")[0]["href"] == address


def test_content_of_a_block_is_escaped_once() -> None:
    told = render("{% note 'warn' title %}<p>{{ typed }}</p>{% endnote %}", title="<b>", typed="<script>")
    assert "<p>&lt;script&gt;</p>" in told
    assert "&lt;b&gt;" in told


def test_sparkline_skips_a_missing_year_and_stands_a_flat_one() -> None:
    assert render("{% sparkline values 'x' %}", values=[1, None, 3]).count(",") == 2
    assert "2.0,10.0 78.0,10.0" in render("{% sparkline values 'x' %}", values=[5, 5])
    assert "circle" not in render("{% sparkline values 'x' %}", values=[None])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ n|french_number }}", "1 391"),
        ("{{ n|french_number:1 }}", "1 391,0"),
        ("{{ none|french_number }}", "non disponible"),
        ("{{ rate|percent }}", "25,0 %"),
        ("{{ sum|euros }}", "120 000,00 €"),
        ("{{ none|euros }}", "non disponible"),
        ("{{ n|evolution:before }}", "+ 15,5 %"),
        ("{{ n|evolution:none }}", ""),
        ("{{ at|french_date }}", "4 mars 2026"),
        ("{{ at|french_datetime }}", "4 mars 2026 à 0 h 30"),
        ("{{ at|in_zone:'America/Guadeloupe'|deadline }}", "3 mars 2026 à 19 h 30, heure de Guadeloupe"),
        ("{{ size|file_size }}", "1,4 Mo"),
        ("{{ text|typeset }}", "C’est vrai ?"),
    ],
)
def test_filters_write_french(source: str, words: str) -> None:
    context = {
        "n": 1391, "none": None, "rate": Decimal("0.25"), "sum": Decimal(120000), "before": 1204, "size": 1_400_000,
        "at": datetime(2026, 3, 3, 23, 30, tzinfo=UTC), "text": "C'est vrai ?",
    }  # fmt: skip
    assert render(source, **context) == words


def test_exports_hold_what_the_page_shows() -> None:
    told = Elements(
        render("{% exports 'ces contrats' 'drafting:export' query=query annee=2026 %}", query="etat=ouvert")
    )
    page = "/contrats/exporter/"
    assert [link["href"] for link in told.all("a")] == [
        f"{page}{one}?etat=ouvert&annee=2026" for one in ("csv", "xlsx")
    ]
    bare = Elements(render("{% exports 'ces contrats' 'drafting:export' %}"))
    assert [link["href"] for link in bare.all("a")] == [f"{page}csv", f"{page}xlsx"]


def test_trail_ends_on_the_page_itself() -> None:
    told = Elements(render("{% trail 'Contrats' '/contrats/' 'CPOM' %}"))
    assert [link["href"] for link in told.all("a")] == ["/contrats/"]
    assert told.all("li")[-1] == {"aria-current": "page"}


def test_field_says_what_is_optional() -> None:
    assert "(facultatif)" in render("{% field form.amount %}", form=EveryField())
    assert "(facultatif)" not in render("{% field form.text %}", form=EveryField())


def test_nothing_is_due_from_a_visitor(rf: RequestFactory) -> None:
    count: Callable[[], int] = shell(_resolved(rf.get("/")))["due_count"]
    assert count() == 0


def _resolved(request: Any) -> Any:
    request.resolver_match = None
    return request


@pytest.mark.parametrize("htmx", [False, True])
def test_refusal_tells_its_reason_article_and_what_is_kept(rf: RequestFactory, *, htmx: bool) -> None:
    request = _resolved(rf.post("/valider"))
    request.htmx = htmx
    answer = refuse(request, Refused("Un écart reste à régler.", basis="CPOM, article 6"))
    told = answer.content.decode()
    assert answer.status_code == 403
    assert all(words in told for words in ("Un écart reste à régler.", "CPOM, article 6", "Rien n’a été modifié."))
    assert ("<html" in told) is not htmx
