"""Charts as SVG for the page and the PDF alike, each with its words and the table of its data.

A process that made a chart must never fork afterwards (the engine's threads do not survive it): charts are made by the
jobs that make the figures, in processes started by *spawn*. One chart takes about 40 ms, one at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import altair as alt
import vl_convert

from avenant.domain.french import format_number
from avenant.foundations.documents.glyphs import FONTS, clean_text

# Each colour keeps 3:1 on our light and our dark card; shapes and dashes tell them apart in grey too.
BRAND, CARET, BLUE, VIOLET, EARTH = "#178a84", "#d9622b", "#5b7fd0", "#8a6bb8", "#a3783a"
_COLOURS = (BRAND, CARET, BLUE, VIOLET, EARTH)
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
_DASHES = ([1, 0], [6, 3], [2, 2], [10, 3, 2, 3], [4, 1])
MAX_SERIES = len(_COLOURS)

_WIDTH = 640
_FONTS_SHOWN = "Source Sans 3, system-ui, sans-serif"  # the PDF has the first; a page may have the second
_FONT_MEASURED = "DejaVu Sans"  # the wider of our two: what fits in it fits in any of those shown
_INK = "currentColor"
_SVG = "http://www.w3.org/2000/svg"
_SILENT = {"role", "font-family", "class", "pointer-events"}
_PRESENTATION = {
    "fill",
    "stroke",
    "opacity",
    "fill-opacity",
    "stroke-opacity",
    "stroke-width",
    "stroke-dasharray",
    "display",
}
_NOT_GIVEN = "non disponible"
_THEME: dict[str, Any] = {
    "background": None,
    "font": _FONT_MEASURED,
    "padding": 4,
    "autosize": {"type": "fit", "contains": "padding"},
    "view": {"stroke": None},
    "axis": {
        "labelColor": _INK, "titleColor": _INK, "tickColor": _INK, "domainColor": _INK, "gridColor": _INK,
        "gridOpacity": 0.15, "domainOpacity": 0.5, "tickOpacity": 0.5, "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": "normal", "labelPadding": 5, "labelFlush": False, "labelLimit": 280,
    },
    "axisX": {"grid": False, "labelAngle": 0},
    "axisY": {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleY": -12, "tickCount": 5},
    "legend": {
        "labelColor": _INK, "labelFontSize": 12, "orient": "top", "title": None, "symbolSize": 90, "labelLimit": 260,
        "symbolStrokeWidth": 0, "offset": 26,
    },
    "text": {"color": _INK, "fontSize": 12},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chart:
    """A title, an SVG, the words for who does not see it, and the table of its data (first row: the header)."""

    title: str
    svg: str
    alt: str
    table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a trend: a value by year, ``None`` where there is none to show (the line is cut, never bridged)."""

    name: str
    values: Mapping[int, Decimal | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; without value, ``words`` say why ("secret statistique"). ``marked`` sets it apart: the reader's own."""

    label: str
    value: Decimal | None
    words: str = _NOT_GIVEN
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Quartiles:
    """First quartile, median, third quartile of a group of services."""

    first: Decimal
    median: Decimal
    third: Decimal


def trend(
    series: Sequence[Series], *, title: str, unit: str, breaks: Mapping[int, str] | None = None, height: int = 260
) -> Chart:
    """Draw one to five series over the years. ``breaks`` says which years start a new definition, and in which words.

    The line stops before a break and starts again after it: two definitions are not compared by eye. Raises
    :class:`ValueError` without value, or beyond five series.
    """
    breaks = breaks or {}
    years = sorted({year for one in series for year in one.values} | set(breaks))
    points = _points(series, years, breaks)
    if not points or len(series) > MAX_SERIES:
        raise ValueError(f"A trend draws 1 to {MAX_SERIES} series with at least one value")
    names = [one.name for one in series]
    legend: Any = alt.Legend() if len(names) > 1 else None
    years_across = alt.Scale(domain=years, type="band")
    x = alt.X("year:O", title=None, scale=years_across)
    highest = max(float(str(point["value"])) for point in points)
    y = alt.Y("value:Q", title=unit, scale=alt.Scale(domainMax=highest * 1.12) if highest > 0 else alt.Undefined)
    colour = alt.Color("series:N", scale=alt.Scale(domain=names, range=_COLOURS[: len(names)]), legend=legend)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=_DASHES[: len(names)]), legend=None)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=_SHAPES[: len(names)]), legend=legend)
    base = alt.Chart(_rows(points)).encode(x=x, y=y)
    layers = [
        base.mark_line(strokeWidth=2).encode(color=colour, strokeDash=dash, detail="part:N"),
        base.mark_point(size=60, filled=True, opacity=1).encode(color=colour, shape=shape),
    ]
    if len(series) == 1:
        layers.append(base.mark_text(dy=-12).encode(text="words:N"))
    if breaks:
        marks = alt.Chart(_rows([{"year": year, "why": why} for year, why in sorted(breaks.items())]))
        at_start = alt.X("year:O", title=None, scale=years_across, bandPosition=0)
        layers += [
            marks.mark_rule(strokeDash=[2, 3], color=_INK, opacity=0.6).encode(x=at_start),
            marks.mark_text(align="left", baseline="bottom", dx=4, dy=-3, fontSize=11).encode(
                x=at_start, y=alt.value(0), text="why:N"
            ),
        ]
    return _chart(
        alt.layer(*layers).properties(width=_WIDTH, height=height),
        title=title,
        words=_trend_in_words(series, unit, breaks),
        table=_trend_table(series, years, breaks),
    )


def bars(rows: Sequence[Bar], *, title: str, unit: str) -> Chart:
    """Draw horizontal bars in the order given, each with its figure. Raises :class:`ValueError` without row."""
    if not rows:
        raise ValueError("A bar chart needs a row")
    order = [str(place) for place in range(len(rows))]
    values = [
        {
            "place": place,
            "label": row.label,
            "value": float(row.value or 0),
            "given": row.value is not None,
            "words": _said(row),
            "marked": row.marked,
        }
        for place, row in zip(order, rows, strict=True)
    ]
    labels = json.dumps([_one_line(row.label) for row in rows])
    axis = alt.Axis(labelExpr=f"{labels}[datum.value]", ticks=False, domain=False)
    y = alt.Y("place:N", title=None, sort=order, axis=axis)
    base = alt.Chart(_rows(values)).encode(x=alt.X("value:Q", title=unit, axis=alt.Axis(tickCount=5)), y=y)
    layers = [
        base.mark_bar(height=16, color=BRAND, stroke=BRAND, strokeWidth=1.5)
        .transform_filter("datum.given")
        .encode(fillOpacity=alt.condition("datum.marked", alt.value(1), alt.value(0.35))),
        base.mark_text(align="left", dx=6).transform_filter("!datum.marked").encode(text="words:N"),
        base.mark_text(align="left", dx=6, fontWeight=700).transform_filter("datum.marked").encode(text="words:N"),
    ]
    return _chart(
        alt.layer(*layers).properties(width=_WIDTH, height=26 * len(rows) + 44),
        title=title,
        words=f"Barres, en {unit}. " + "\u202f; ".join(f"{row.label}\u202f: {_said(row)}" for row in rows) + ".",
        table=(("Ligne", unit), *((row.label, _said(row)) for row in rows)),
    )


def distribution(
    own: Decimal | None,
    quartiles: Quartiles,
    others: Sequence[Decimal],
    *,
    title: str,
    unit: str,
    own_label: str = "Votre service",
) -> Chart:
    """Place one's own value among the others', which stay without a name: a tick each, a box for the middle half.

    Whether the others may be shown at all is the caller's to decide, before (disclosure rules): without ``others``
    the box stands alone.
    """
    box = [{"first": float(quartiles.first), "median": float(quartiles.median), "third": float(quartiles.third)}]
    row = alt.Y("row:N", axis=None)
    scale = alt.Scale(zero=False, nice=True, padding=12)
    x = alt.X("value:Q", title=unit, scale=scale)
    span = alt.Chart(_rows(box)).transform_calculate(row="'0'")
    strip = alt.Chart(_rows([{"value": float(value)} for value in others])).transform_calculate(row="'0'")
    layers = [
        span.mark_bar(height=34, color=BRAND, fillOpacity=0.2, stroke=BRAND, strokeWidth=1.5).encode(
            x=alt.X("first:Q", title=unit, scale=scale), x2="third:Q", y=row
        ),
        strip.mark_tick(color=_INK, opacity=0.75, thickness=1.5, height=20).encode(x=x, y=row),
        span.mark_tick(color=BRAND, thickness=4, height=34, opacity=1).encode(x=alt.X("median:Q"), y=row),
        span.mark_text(dy=30, fontSize=11).encode(x="median:Q", y=row, text=alt.value("médiane")),
    ]
    if own is not None:
        said = f"{own_label}\u202f: {format_number(own)}"
        mine = alt.Chart(_rows([{"value": float(own), "words": said}])).transform_calculate(row="'0'")
        layers += [
            mine.mark_point(shape="diamond", size=220, filled=True, opacity=1, color=CARET).encode(x=x, y=row),
            mine.mark_text(dy=-32, fontWeight=700).encode(x=x, y=row, text="words:N"),
        ]
    table: tuple[tuple[str, ...], ...] = (
        ("Repère", unit),
        (own_label, _NOT_GIVEN if own is None else format_number(own)),
        ("Premier quartile", format_number(quartiles.first)),
        ("Médiane", format_number(quartiles.median)),
        ("Troisième quartile", format_number(quartiles.third)),
    )
    if others:
        table += (("Autres services, sans nom", " · ".join(format_number(value) for value in sorted(others))),)
    return _chart(
        alt.layer(*layers).properties(width=_WIDTH, height=130),
        title=title,
        words=f"Répartition, en {unit}. " + "\u202f; ".join(f"{row[0]}\u202f: {row[1]}" for row in table[1:]) + ".",
        table=table,
    )


# ---------------------------------------------------------------- data, words and table


def _rows(values: Sequence[Mapping[str, object]]) -> alt.InlineData:
    return alt.InlineData(values=[dict(value) for value in values])


def _points(series: Sequence[Series], years: Sequence[int], breaks: Mapping[int, str]) -> list[dict[str, object]]:
    """One point a value; ``part`` changes after a hole or a break, so that no line crosses it."""
    points: list[dict[str, object]] = []
    for one in series:
        part = 0
        for year in years:
            value = one.values.get(year)
            part += value is None or year in breaks
            if value is not None:
                points.append(
                    {
                        "series": one.name,
                        "year": year,
                        "value": float(value),
                        "words": format_number(value),
                        "part": f"{one.name}/{part}",
                    }
                )
    return points


def _trend_in_words(series: Sequence[Series], unit: str, breaks: Mapping[int, str]) -> str:
    told = [
        f"{one.name}\u202f: "
        + ", ".join(f"{_value_in_words(value)} en {year}" for year, value in sorted(one.values.items()))
        for one in series
    ]
    told += [f"{year}\u202f: {why}" for year, why in sorted(breaks.items())]
    return f"Courbe par année, en {unit}. " + "\u202f; ".join(told) + "."


def _trend_table(
    series: Sequence[Series], years: Sequence[int], breaks: Mapping[int, str]
) -> tuple[tuple[str, ...], ...]:
    header = ("Année", *(one.name for one in series), *(("Remarque",) if breaks else ()))
    return (
        header,
        *(
            (
                str(year),
                *(_value_in_words(one.values.get(year)) for one in series),
                *((breaks.get(year, ""),) if breaks else ()),
            )
            for year in years
        ),
    )


def _value_in_words(value: Decimal | None) -> str:
    return _NOT_GIVEN if value is None else format_number(value)


def _said(row: Bar) -> str:
    return row.words if row.value is None else format_number(row.value)


# ---------------------------------------------------------------- SVG


def _chart(
    picture: alt.LayerChart | alt.FacetChart, *, title: str, words: str, table: tuple[tuple[str, ...], ...]
) -> Chart:
    _register_fonts()
    raw = vl_convert.vegalite_to_svg(_printable(picture.to_dict()), config=_THEME, format_locale="fr-FR")
    said = _one_line(f"{title}. {words}")
    return Chart(title=_one_line(title), svg=_inline(raw, said), alt=said, table=_printable(table))


def _printable(spec: Any) -> Any:
    """Clean every text given to the engine: one control character in a label would abort the whole process."""
    match spec:
        case str():
            return _one_line(spec)
        case dict():
            return {name: _printable(value) for name, value in spec.items()}
        case list():
            return [_printable(value) for value in spec]
        case tuple():
            return tuple(_printable(value) for value in spec)
        case _:
            return spec


def _one_line(text: str) -> str:
    return clean_text(text).text.replace("\n", " ")


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    """Once: labels are measured in our font, whatever the machine has."""
    vl_convert.register_font_directory(str(FONTS))


def _inline(raw: str, words: str) -> str:
    """Make the SVG fit for a page under a strict policy: no ``style``, ids of its own, one image with its words.

    The engine's English descriptions go (the words say it in French), its spaces become narrow ones.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(raw.replace("\u00a0", "\u202f"))  # noqa: S314 (our own engine wrote it)
    own = f"c{hashlib.sha256(raw.encode()).hexdigest()[:10]}-"
    for element in root.iter():
        for declaration in element.attrib.pop("style", "").split(";"):
            name, colon, value = declaration.partition(":")
            if colon and name.strip() in _PRESENTATION:
                element.set(name.strip(), value.strip())
        for name, value in list(element.attrib.items()):
            if name in _SILENT or name.startswith("aria-"):
                del element.attrib[name]
            elif name == "id":
                element.set(name, own + value)
            else:
                element.set(name, value.replace("url(#", f"url(#{own}"))
    _drop_empty_paths(root)
    root.attrib.pop("version", None)
    root.attrib |= {
        "class": "av-chart",
        "role": "img",
        "aria-label": words,
        "font-family": _FONTS_SHOWN,
    }
    return ElementTree.tostring(root, encoding="unicode")


def _drop_empty_paths(root: ElementTree.Element) -> None:
    """The engine frames every group with shapes that draw nothing."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}path" and child.get("stroke") is None and child.get("fill") is None:
                parent.remove(child)
