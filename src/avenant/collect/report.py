"""What the service reads before it sends: figures, changes, the cell's dashboard, quality, what is hidden and why.

One HTML file that needs nothing else, with a print style: the browser makes the PDF.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from importlib.resources import files

from avenant.collect.counting import standing
from avenant.collect.declaration import catalogue
from avenant.collect.profiles import variable
from avenant.collect.running import Result
from avenant.collect.schema import canonical, section_title
from avenant.collect.secrecy import FOLLOWED, STAGED, STAGES, Names, Protected
from avenant.domain.disclosure import TOTAL, Rules
from avenant.domain.disclosure.tables import key_of
from avenant.domain.disclosure.wording import HIDDEN, owner_reason
from avenant.domain.french import (
    NOT_COMPUTABLE,
    format_date,
    format_evolution,
    format_number,
    format_percentage,
    typeset,
)
from avenant.domain.indicators import sort_key


def write_report(
    result: Result, protected: Protected, rules: Rules, *, former: Result | None = None, service: str = ""
) -> str:
    """The report of a year as one HTML file, compared with a former result when there is one."""
    span = f"du {format_date(result.period.start)} au {format_date(result.period.last_day)}"
    sections = [
        f"<h1>{_text('Indicateurs comptés dans vos dossiers')}</h1>",
        f'<p class="soft">{_text(f"{service} – " if service else "")}{_text(span)}</p>',
        "<p>" + _text("Ce rapport reste au service : il montre aussi ce que la déclaration cache.") + "</p>",
        *_figures(result, former),
        *_dashboard(result),
        *_profiles(result, protected),
        *_secrecy(result, protected, rules),
        *_quality(result),
        *_lineage(result),
    ]
    head = (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text('Indicateurs – rapport du collecteur')}</title><style>{_style()}</style></head><body>"
    )
    return head + "\n".join(sections) + "</body></html>\n"


def _style() -> str:
    return (files("avenant.references") / "collect" / "report.css").read_text(encoding="utf-8")


def _text(text: str) -> str:
    return escape(typeset(text), quote=True)


def _grid(titles: Sequence[str], rows: Iterable[Sequence[str]], numbers: frozenset[int]) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(f"<{tag}{' class=n' if rank in numbers else ''}>{cell}</{tag}>" for rank, cell in enumerate(row))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells("th", titles)}</tr></thead><tbody>{body}</tbody></table></div>'


def _figures(result: Result, former: Result | None) -> Iterable[str]:
    known = catalogue()
    rows = []
    for one in sorted(standing(result.period.last_day), key=lambda known: sort_key(known.code)):
        if one.aid or one.key not in result.figures:
            continue
        definition = known[one.code]
        part = definition.component(one.component).label if len(definition.components) > 1 else ""
        label = definition.label if not part or part == definition.label else f"{definition.label} – {part}"
        value = result.figures[one.key]
        before = former.figures.get(one.key) if former else None
        change = format_evolution(before, value) if before is not None else ""
        rows.append(
            (
                escape(definition.printed_code),
                f'{_text(label)}<br><span class="soft">{escape(one.sentence)}</span>',
                escape(format_number(value)),
                *((escape(format_number(before)) if before is not None else "", escape(change)) if former else ()),
            )
        )
    yield f"<h2>{_text('Chiffres de l’année')}</h2>"
    extra = ("Année d’avant", "Évolution") if former else ()
    yield _grid(("Code", "Indicateur", "Valeur", *extra), rows, frozenset({2, 3, 4}))
    if not former:
        advice = "Pour voir les évolutions, donnez le résultat de l’année d’avant : --former."
        yield f'<p class="soft">{_text(advice)}</p>'


def _share(part: int, whole: int) -> str:
    return format_percentage(Decimal(part) / Decimal(whole)) if whole else NOT_COMPUTABLE


def dashboard(result: Result) -> list[tuple[str, str]]:
    """The cell's year in words and rates: what the service follows, never sent as it is."""
    found = result.figures
    get = {key: found.get(key, 0) for key in found}
    kept = sum(get.get(f"satdl-1.1.{rank}:total", 0) for rank in (6, 7, 8))
    received, visited, answered = (get.get(f"reports-{one}", 0) for one in ("received", "visited", "answered"))
    lines = [
        ("Orientations vers la cellule", format_number(get.get("satdl-1.1.4:total", 0))),
        ("Consentements signés", _of(get.get("satdl-1.1.5:total", 0), get.get("satdl-1.1.4:total", 0))),
        ("Salariés suivis", format_number(get.get("pdp-1.3:total", 0))),
        ("Concertations entre acteurs", format_number(get.get("cell-consultations", 0))),
        ("Plans de retour à l’emploi", _of(get.get("pdp-1.13:total", 0), get.get("pdp-1.3:total", 0))),
        ("Maintiens et reclassements", _of(kept, get.get("pdp-1.3:total", 0))),
        (
            "Rappels faits à 6 mois, à 1 an (suivi après la cellule, 1.14)",
            f"{format_number(get.get('recalls-six-months', 0))} ; {format_number(get.get('satdl-1.2.11:recalls', 0))}",
        ),
        ("Refus ou non aboutis", format_number(get.get("satdl-1.1.9:total", 0))),
        (
            "Réunions de la cellule, dont caisse présente",
            _of(get.get("cell-meetings-with-fund", 0), get.get("cell-meetings", 0)),
        ),
        ("Signalements reçus de l’assurance maladie", format_number(received)),
        ("dont visite de pré-reprise tenue", _of(visited, received)),
        ("dont suites données", f"{_of(answered, received)} ; {received - answered} à donner"),
    ]
    return [(typeset(label), typeset(text)) for label, text in lines]


def _of(part: int, whole: int) -> str:
    return f"{format_number(part)} sur {format_number(whole)} ({_share(part, whole)})"


def _dashboard(result: Result) -> Iterable[str]:
    yield f"<h2>{_text('Tableau de bord de la cellule PDP')}</h2>"
    yield _grid(("Étape", "Nombre"), [tuple(map(escape, line)) for line in dashboard(result)], frozenset({1}))
    yield f"<h3>{_text('Indice de risque de désinsertion professionnelle')}</h3>"
    numerator, denominator = (result.figures.get(f"{STAGED}:{one}", 0) for one in ("numerator", "denominator"))
    yield f"<p>{_text(f'Saisi pour {_of(numerator, denominator)} salariés vus dans l’année.')}</p>"
    if not result.stages:
        yield f"<p>{_text('Stades non configurés : donnez leur liste par --stages pour les répartir.')}</p>"
        return
    told = [
        (escape(name), escape(format_number(number)), escape(_share(number, numerator)))
        for name, number in result.stages.items()
    ]
    yield _grid(("Stade", "Salariés", "Part"), told, frozenset({1, 2}))


def _profiles(result: Result, protected: Protected) -> Iterable[str]:
    yield f"<h2>{_text('Profil des salariés suivis par la cellule')}</h2>"
    lead = "À gauche ce que vous comptez, à droite ce que la déclaration montre."
    yield f'<p class="soft">{_text(lead)}</p><div class="tables">'
    for names, counts in result.tables.items():
        shown = protected.tables.get(names)
        title = " × ".join(variable(name).label for name in names)
        yield f"<div><h3>{_text(title)}</h3>"
        if shown is None:
            yield f"<p>{_text('Table non transmise : elle ne peut pas être protégée.')}</p></div>"
            continue
        rows = [
            (
                _text(" × ".join(map(section_title, place))),
                escape(format_number(_true(names, place, counts))),
                _shown(number),
            )
            for place, number in shown.items()
            if number != 0
        ]
        yield _grid(("Modalité", "Compté", "Transmis"), rows, frozenset({1, 2})) + "</div>"
    yield "</div>"


def _true(names: Names, place: Names, counts: object) -> int:
    lines = counts.items() if isinstance(counts, dict) else ()
    return sum(number for at, number in lines if all(code in (TOTAL, own) for code, own in zip(place, at, strict=True)))


def _shown(number: int | None) -> str:
    return f'<span class="hidden">{_text("caché")}</span>' if number is None else escape(format_number(number))


def _secrecy(result: Result, protected: Protected, rules: Rules) -> Iterable[str]:
    yield f"<h2>{_text('Ce qui est caché, et pourquoi')}</h2><p>{_text(HIDDEN)}</p>"
    totals = "Les totaux des indicateurs partent tels quels : le contrat les demande. Seules les ventilations sont protégées."
    yield f"<p>{_text(totals)}</p>"
    if protected.outcome is None or not protected.hidden:
        yield f"<p>{_text('Aucune case n’est cachée.')}</p>"
        return
    reasons = {one.key: owner_reason(one.reason, rules) for one in protected.outcome.assessment.requirements}
    found: dict[tuple[str, str], list[str]] = {}
    for names, table in protected.tables.items():
        measure = STAGED if names == (STAGES,) else FOLLOWED
        title = " × ".join(one if one == STAGES else variable(one).label for one in names)
        for place, number in table.items():
            if number is None:
                key = key_of(measure, zip(names, place, strict=True))
                why = reasons.get(key, "Protège une autre case : sans elle, on la déduirait par soustraction.")
                found.setdefault((title, why), []).append(" × ".join(place))
    rows = [(_text(title), _text(", ".join(places)), _text(why)) for (title, why), places in found.items()]
    yield _grid(("Table", "Cases", "Motif, connu de vous seul"), rows, frozenset())
    if protected.withheld:
        told = " ; ".join(" × ".join(names) for names in protected.withheld)
        yield f"<p>{_text(f'Tables non transmises : {told}.')}</p>"


def _quality(result: Result) -> Iterable[str]:
    yield f"<h2>{_text('Qualité de l’extrait')}</h2>"
    if not result.quality:
        yield f"<p>{_text('Rien à signaler.')}</p>"
    yield "".join(f"<p>{_text(one)}</p>" for one in result.quality)


def _lineage(result: Result) -> Iterable[str]:
    made = result.lineage
    lines = {
        "Logiciel": f"avenant {made['software']}",
        "Schéma": f"{canonical().label}, version {made['schema']}",
        "Empreinte de l’extrait": str(made["extract_sha256"]),
        "Définitions": f"{len(made['definitions'])} chiffres définis",
    }
    yield f"<h2>{_text('D’où viennent ces chiffres')}</h2><dl>"
    yield "".join(f"<dt>{_text(key)}</dt><dd>{_text(value)}</dd>" for key, value in lines.items()) + "</dl>"
