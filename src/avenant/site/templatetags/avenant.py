"""The parts that pages are made of, and French in the pages. Loaded everywhere (settings ``builtins``).

Parts read their own templates in ``components/``. The words come from :mod:`avenant.domain.french` and
:mod:`avenant.site.wording`; nothing is formatted here.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, Form, RadioSelect, Select
from django.template.context import Context
from django.template.engine import Engine
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from avenant.contracts.amendments import selectors as amendments
from avenant.contracts.drafting.models import Contract
from avenant.domain import french, strands
from avenant.domain.decision import Decision, Finding, Severity
from avenant.site import selectors, wording

register = template.Library()

SPRITE: Final = "vendor/bootstrap-icons-1.13.2.svg"
MARKS: Final = {"good": "check-lg", "warn": "exclamation-lg", "bad": "x-lg", "": "info-lg"}
TONES: Final = {Severity.BLOCKING: "bad", Severity.TO_JUSTIFY: "warn", Severity.INFORMATION: ""}
URGENCIES: Final = {"late": "bad", "soon": "warn", "": ""}
UNAVAILABLE: Final = "non disponible"

# -- French ----------------------------------------------------------------------------------------------------------


@register.filter
def french_number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """``{{ 1391|french_number }}`` « 1 391 »; ``{{ rate|french_number:1 }}`` pads to one decimal.

    None is « non disponible », never 0.
    """
    if value is None:
        return UNAVAILABLE
    return french.format_number(Decimal(str(value)), decimals=decimals)


@register.filter
def counted(number: int, noun: str) -> str:
    """``{{ sessions|length|counted:"séance" }}`` « 16 séances »."""
    return french.counted(number, noun)


@register.filter
def pluralize(counted: float | Decimal | Sequence[object] | None, endings: str = "s") -> str:
    """``{{ number|pluralize }}``, ``{{ rows|pluralize:"est,sont" }}``: a plural begins at two (« 0 dossier »)."""
    one, many = endings.split(",") if "," in endings else ("", endings)
    number = len(counted) if isinstance(counted, Sequence) else counted
    return one if number is None or -2 < number < 2 else many


@register.filter
def percent(ratio: Decimal | None, decimals: int = 1) -> str:
    """``{{ ratio|percent }}``: 0.25 gives « 25,0 % »."""
    return UNAVAILABLE if ratio is None else french.format_percentage(ratio, decimals=decimals)


@register.filter
def euros(amount: Decimal | None) -> str:
    """``{{ amount|euros }}`` « 120 000,00 € »."""
    return UNAVAILABLE if amount is None else french.format_euros(amount)


@register.filter
def evolution(after: int | Decimal | None, before: int | Decimal | None) -> str:
    """``{{ this_year|evolution:last_year }}`` « + 15,5 % », « × 3,2 », « stable »; nothing when one is missing."""
    return "" if before is None or after is None else french.format_evolution(before, after)


@register.filter(expects_localtime=True)
def french_date(day: date | datetime | None) -> str:
    """``{{ day|french_date }}`` « 3 mars 2026 »."""
    return "" if day is None else french.format_date(day)


@register.filter
def french_datetime(moment: datetime | None) -> str:
    """``{{ event.at|french_datetime }}`` « 3 mars 2026 à 9 h 00 », with its zone when it is not Paris."""
    return "" if moment is None else wording.word_instant(moment)


@register.filter
def deadline(moment: datetime | None) -> str:
    """``{{ due_at|deadline }}``: the last day for an excluded midnight, otherwise the day and the hour."""
    return "" if moment is None else wording.word_deadline(moment)


@register.filter
def with_article(name: str) -> str:
    """``Attendu par {{ item.waiting|with_article }}``: « l’ARS Guadeloupe »."""
    return wording.with_article(name)


@register.filter
def within(sentence: str) -> str:
    """``Si rien n’est fait : {{ item.consequence|within }}``: a sentence after a colon."""
    return wording.within(sentence)


@register.filter
def in_zone(moment: datetime, zone: str) -> datetime:
    """``{{ item.due_at|in_zone:item.zone|deadline }}``: the same instant on the clocks of a zone."""
    return wording.in_zone(moment, zone)


@register.filter
def days_left(due: datetime, now: datetime) -> str:
    """``{{ item.due_at|days_left:now }}`` « dans 9 jours », « demain », « en retard de 3 jours »."""
    return wording.word_days_left(due, now)


@register.filter
def urgency(due: datetime, now: datetime) -> str:
    """``{{ item.due_at|urgency:now }}``: « late », « soon » or nothing, for a class."""
    return wording.urgency(due, now)


@register.filter
def file_size(octets: int) -> str:
    """``{{ document.size|file_size }}`` « 1,4 Mo »."""
    return wording.word_size(octets)


@register.filter
def typeset(text: str) -> str:
    """``{{ text|typeset }}``: French spaces and apostrophes on a text written plainly."""
    return french.typeset(text)


@register.filter
def prose(text: str) -> SafeString:
    """``{{ clause.body|prose }}``: paragraphs apart by a blank line, lines that start with « - » as a list."""
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]
    return SafeString("\n".join(str(_block(lines)) for lines in blocks))


def _block(lines: Sequence[str]) -> SafeString:
    items = [line.strip().removeprefix("- ") for line in lines]
    if all(line.strip().startswith("- ") for line in lines):
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((item,) for item in items)))
    return format_html("<p>{}</p>", format_html_join(SafeString("<br>"), "{}", ((line.strip(),) for line in lines)))


@register.filter
def strand_title(strand: str) -> str:
    """``{{ row.strand|strand_title }}`` « Volet 2, risque professionnel prioritaire »."""
    return strands.strand_title(strand)


# -- Marks -----------------------------------------------------------------------------------------------------------


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """``{% icon "check-lg" %}``: decorative, always beside words."""
    return format_html('<svg class="av-icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static(SPRITE), name)


@register.simple_tag
@lru_cache(maxsize=1024, typed=True)  # a few words on every line of a list; typed: a safe text is not a plain one
def state(label: str, tone: str = "") -> SafeString:
    """``{% state "validée" "good" %}``; tones none, ``good``, ``warn``, ``bad``, each with a mark beside the colour."""
    return _drawn("components/state.html", label=label, tone=tone, mark=MARKS[tone] if tone else "")


@register.inclusion_tag("components/due_badge.html")
def due_badge(due: datetime, now: datetime) -> dict[str, Any]:
    """``{% due_badge item.due_at now %}``: how long is left, a badge when it is soon or late, plain words before."""
    return {"label": wording.word_days_left(due, now), "tone": URGENCIES[wording.urgency(due, now)]}


@register.simple_tag
def coverage(done: int, total: int, noun: str) -> str:
    """``{% coverage 12 14 "services" %}`` « 12 services sur 14, total partiel »."""
    words = f"{french_number(done)} {noun} sur {french_number(total)}"
    return words if done >= total else f"{words}, total partiel"


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str) -> dict[str, Any]:
    """``{% progress 60 62 "indicateurs renseignés" %}``: a bar and its words."""
    return {"done": done, "total": total, "label": label, "id": _identifier("progress", label, total)}


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[int | Decimal | None], label: str) -> dict[str, Any]:
    """``{% sparkline values "Visites de 2021 à 2025" %}``: the shape of a few years; a missing year is skipped."""
    known = [(index, float(value)) for index, value in enumerate(values) if value is not None]
    low, high = min((y for _, y in known), default=0.0), max((y for _, y in known), default=0.0)
    across, spread = max(len(values) - 1, 1), (high - low) or 1.0
    points = [(2 + 76 * x / across, 18 - 16 * (y - low) / spread if high > low else 10.0) for x, y in known]
    return {
        "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        "last": points[-1] if points else None,
        "label": label,
    }


# -- Parts of a page -------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/trail.html")
def trail(*steps: str) -> dict[str, Any]:
    """``{% trail "Contrats" contracts_url "CPOM 2025-2029" %}``: pairs of words and address, then the page itself."""
    *links, here = steps
    return {"links": list(zip(links[::2], links[1::2], strict=True)), "here": here}


_TABS_OF_A_LINE: Final = 4
"""As many as a telephone shows on one or two lines."""


@register.inclusion_tag("components/tabs.html", takes_context=True)
def tabs(context: Context, parts: Iterable[tuple[str, str]], label: str, *arguments: object) -> dict[str, Any]:
    """``{% tabs parts "Parties du contrat" contract.pk %}``: the parts of a page, each with its own address.

    ``parts`` are pairs of a route and its words; ``arguments`` are those of every route. Many of them fold on a narrow
    screen under the words of the part that is open.
    """
    request = context.get("request")
    here = f"{request.resolver_match.view_name}" if request is not None and request.resolver_match else ""
    links = [(reverse(name, args=arguments), words, name == here) for name, words in parts]
    shown = next((words for _, words, current in links if current), label)
    return {"links": links, "label": label, "here": shown if len(links) > _TABS_OF_A_LINE else ""}


@register.inclusion_tag("components/exports.html")
def exports(what: str, route: str, *arguments: object, query: str = "", **asked: object) -> dict[str, Any]:
    """``{% exports "ces aides" "grants:export" query=query %}``: « Exporter ces aides : CSV, XLSX », under the list.

    ``route`` takes ``arguments``, then the form of the file. The files hold what the page shows: ``query`` is the page's
    own, ``asked`` adds to it (``annee=year``).
    """
    words = "&".join(filter(None, (query, urlencode(asked))))
    forms = [(form.upper(), reverse(route, args=[*arguments, form])) for form in ("csv", "xlsx")]
    return {"what": what, "files": [(word, f"{address}?{words}" if words else address) for word, address in forms]}


@register.inclusion_tag("components/life.html")
def life(stages: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """``{% life stages %}``: what was, what is and what comes. A stage is a mapping of ``label``, ``status`` (``done``,
    ``now``, ``next``) and ``note`` (when, who holds the pen; may be left out)."""
    return {"stages": [{"note": "", **stage} for stage in stages]}


@register.inclusion_tag("components/figure.html")
def figure(
    value: float | Decimal | str | None,
    label: str,
    *,
    unit: str = "",
    before: int | Decimal | None = None,
    before_label: str = "",
    coverage: str = "",
) -> dict[str, Any]:
    """``{% figure 1391 "visites de pré-reprise" unit="visites" before=1204 before_label="2024" coverage=words %}``.

    A number is written in French, a text is shown as it is (« 60 / 62 », « secret statistique »), None is « non
    disponible »: never 0.
    """
    number = value if isinstance(value, int | Decimal) else None
    return {
        "value": value if isinstance(value, str) else french_number(value),
        "worded": value is None or (isinstance(value, str) and not any(sign.isdigit() for sign in value)),
        "label": label,
        "unit": unit,
        "before": before,
        "before_label": before_label,
        "evolution": evolution(number, before),
        "coverage": coverage,
    }


@register.simple_block_tag
def finding(content: str, found: Finding) -> SafeString:
    """``{% finding found %}<a href="…">Corriger la valeur</a>{% endfinding %}``: mark, sentence, article, and the act
    that resolves it (may be empty)."""
    tone = TONES[found.severity]
    act = SafeString(content.strip())
    return _drawn("components/finding.html", finding=found, tone=tone, mark=MARKS[tone], act=act)


@register.simple_block_tag
def note(content: str, tone: str = "", title: str = "") -> SafeString:
    """``{% note "warn" "Total partiel" %}…{% endnote %}``: something to know before reading on."""
    return _drawn("components/note.html", **_framed(content, title, tone))


@register.simple_block_tag
def empty_state(content: str, title: str) -> SafeString:
    """``{% empty_state "Aucun contrat" %}<p>Ce qu’il faut faire…</p>{% endempty_state %}``."""
    return _drawn("components/empty_state.html", **_framed(content, title))


@register.simple_block_tag(takes_context=True)
def filter_bar(context: Context, content: str, sentence: str, reset: str = "") -> SafeString:
    """``{% filter_bar "12 échéances en retard" reset_url %}{% field form.file %}{% endfilter_bar %}``: a GET form whose
    address can be shared, then what it found, as a sentence. ``reset``: the address without filters, when there are.
    What is filtered or sorted can be kept as a view by whoever is signed in."""
    request = context.get("request")
    chosen = bool(reset) or (request is not None and "tri" in request.GET)
    keep = (
        f"{reverse('site:views')}?{urlencode({'de': request.get_full_path()})}"
        if request is not None and chosen and context.get("actor")
        else ""
    )
    return _drawn("components/filter_bar.html", **_framed(content, sentence), reset=reset, keep=keep)


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """``{% pagination page_obj %}``: nothing for one page; keeps the filters of the address."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    links = [
        (number, _address(context, name, number)) if isinstance(number, int) else (number, "") for number in numbers
    ]
    return {
        "page": page,
        "links": links,
        "previous": _address(context, name, page.number - 1) if page.has_previous() else "",
        "next": _address(context, name, page.number + 1) if page.has_next() else "",
    }


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context: Context, key: str, label: str, sort: str, *, numeric: bool = False) -> dict[str, Any]:
    """``{% sort_header "due" "À rendre avant" sort %}``: a ``<th>`` whose link sorts by ``?tri=due``, then ``-due``.
    ``sort`` is the order shown now."""
    direction = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    wanted = f"-{key}" if direction == "ascending" else key
    return {"label": label, "direction": direction, "address": _address(context, "tri", wanted), "numeric": numeric}


@register.inclusion_tag("components/amendments_under_way.html", takes_context=True)
def amendments_under_way(context: Context, contract: Contract) -> dict[str, Any]:
    """``{% amendments_under_way contract %}``: those being drafted, at the signature, or signed for a day to come."""
    found = amendments.list_amendments(context["actor"], contract)
    return {"amendments": [one for one in found if one.state not in one.lifecycle.final]}


@register.inclusion_tag("components/contract_years.html", takes_context=True)
def contract_years(context: Context, contract: Contract) -> dict[str, Any]:
    """``{% contract_years contract %}`` on the page of a contract: its declaration and its review, year by year."""
    return {"years": selectors.list_years(context["actor"], contract), "contract": contract}


# -- Acts ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/submit_button.html")
def submit_button(
    label: str,
    decision: Decision | None = None,
    *,
    name: str = "",
    value: str = "",
    style: str = "primary",
    confirm: str = "",
    form: str = "",
) -> dict[str, Any]:
    """``{% submit_button "Transmettre la déclaration" may_submit %}`` in a form, or outside with ``form="its-id"``.

    Disabled with its reason and article when the decision is no. ``style``: primary, outline-primary, danger, link.
    """
    return {
        **_act(label, decision, style, name + value + form),
        "name": name,
        "value": value,
        "confirm": confirm,
        "form": form,
    }


@register.inclusion_tag("components/link_button.html")
def link_button(
    label: str, url: str, decision: Decision | None = None, *, style: str = "outline-primary"
) -> dict[str, Any]:
    """``{% link_button "Exporter" url %}``: an act that opens a page or gives a file."""
    return {**_act(label, decision, style, url), "url": url}


@register.inclusion_tag("components/post_button.html", takes_context=True)
def post_button(
    context: Context,
    label: str,
    url: str,
    decision: Decision | None = None,
    *,
    name: str = "",
    value: str = "",
    style: str = "primary",
    confirm: str = "",
) -> dict[str, Any]:
    """``{% post_button "Valider la déclaration" url may_validate confirm="…" %}``: a form of one button."""
    return {
        **_act(label, decision, style, url + name + value),
        "url": url, "name": name, "value": value, "confirm": confirm, "form": "",
        "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, article: str = "") -> dict[str, Any]:
    """``{% field form.value "CPOM, article 6" %}``: label, help and article, the control, its errors.

    A form with ``draft = True`` is saved at any stage: what it does not ask for yet is not told as optional.
    """
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    box = isinstance(widget, CheckboxInput)
    described = [f"{bound.auto_id}_helptext"] * bool(bound.help_text or article) + [f"{bound.auto_id}_error"] * bool(
        bound.errors
    )
    attributes: dict[str, Any] = {"class": _control_class(bound, box=box)}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return {
        "field": bound, "article": article, "optional": not (bound.field.required or getattr(bound.form, "draft", False)),
        "group": group, "box": box, "described": " ".join(described),
        "control": "" if group else bound.as_widget(attrs=attributes),
    }  # fmt: skip


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: Form) -> dict[str, Any]:
    """``{% error_summary form %}`` before a form: what is to be put right, with a link to each field."""
    return {"form": form, "fields": [bound for bound in form if bound.errors]}


def _control_class(bound: BoundField, *, box: bool) -> str:
    name = "form-select" if isinstance(bound.field.widget, Select) else "form-control"
    name = "form-check-input" if box else name
    return f"{name} is-invalid" if bound.errors else name


def _act(label: str, decision: Decision | None, style: str, what: str) -> dict[str, Any]:
    decision = decision or Decision.yes()
    return {"label": label, "decision": decision, "style": style, "reason_id": _identifier("why", label, what)}


def _drawn(name: str, **context: Any) -> SafeString:
    return Engine.get_default().get_template(name).render(Context(context))


def _framed(content: str, title: str, tone: str = "") -> dict[str, Any]:
    return {"content": content, "title": title, "tone": tone, "mark": MARKS[tone]}


def _identifier(prefix: str, *parts: object) -> str:
    """The same for the same part, different from its neighbours'."""
    return f"{prefix}-{zlib.crc32(repr(parts).encode()):08x}"


def _address(context: Context, name: str, value: object) -> str:
    """The page's own address with one parameter changed; a new order or filter starts again at the first page."""
    parameters = context["request"].GET.copy()
    parameters.pop("page", None)
    parameters[name] = str(value)
    return f"?{parameters.urlencode()}"
