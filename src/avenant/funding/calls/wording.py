"""The rules of a call in sentences, each with its article, for who has not read the rulebook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from avenant.domain.french import enumerate_in_words, typeset
from avenant.domain.rules.findings import Effect
from avenant.domain.rules.kinds.portfolio import Portfolio
from avenant.domain.rules.parameters import Parameter, in_words
from avenant.domain.rules.rulebook import KINDS, Rulebook

ADDRESS = re.compile(r"https?://(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)


def link_fault(address: str) -> str:
    """Why an address is not one that a reader can open; empty when it is."""
    if not address.strip():
        return "L’adresse est à compléter."
    if not ADDRESS.fullmatch(address.strip()):
        return "L’adresse n’est pas complète : elle commence par https:// et nomme un site entier."
    return ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the page of a call: opened when its address is whole, said to be completed otherwise."""

    label: str
    address: str
    fault: str
    note: str


def links_of(content: Mapping[str, Any]) -> list[Link]:
    """The links of a call, each judged."""
    return [
        Link(one["label"], one.get("address", ""), link_fault(one.get("address", "")), one.get("note", ""))
        for one in content.get("links", [])
    ]


GRID, OTHER = "Grille d’examen : le poids de chaque critère", "À savoir aussi"
GROUPS = {
    "who": ("Qui peut demander", {"body", "count", "window", "deadline"}),
    "money": (
        "Ce que l’aide finance",
        {"rate", "cap", "lump_sum", "bonus", "request", "public_aid", "plan", "floor", "line_aid", "unit_cap",
         "share_cap", "portfolio"},
    ),
    "excluded": ("Ce qui n’est pas financé", {"excluded_expense", "eligible_part", "line_start", "line_deadline"}),
    "pieces": ("Ce qu’il faut joindre", {"piece", "piece_order", "each_action", "shares"}),
    "time": ("Début, versements et bilans", {"start", "instalments", "interim", "advance", "consumption", "report",
                                              "recovery"}),
    "other": (OTHER, {"statement"}),
}  # fmt: skip


PLAIN = {
    "request": "elle est retenue dans la limite de l’aide calculée",
    "plan": "le plan de financement est égal au coût, et l’aide n’en est pas la seule ressource",
    "shares": "elles font 100 %",
    "eligible_part": "les autres parts de la dépense ne sont pas financées",
}
"""What the rules of these kinds, which name no parameter, ask for."""


USUAL = {
    ("rate", "choice", "percent"): "{percent} du {choice}",
    ("cap", "euros"): "{euros} au plus",
    ("cap", "choice", "euros"): "{euros}, {choice}",
    ("public_aid", "percent"): "{percent} au plus{rest}",
    ("line_aid", "percent"): "{percent} au plus{rest}",
    ("floor", "choice", "euros"): "{euros} au moins, sur le {choice}",
    ("count", "count"): "{count} au plus",
    ("start", "date"): "le {date} au plus tôt",
    ("consumption", "date"): "jusqu’au {date}",
    ("report", "day", "months"): "{day} au plus tard ; {named} {months} après la fin de la consommation",
}
"""The rules most read, by their kind and the units of their parameters; ``named`` and ``rest``: the last one's label."""

WARNED = " ; à défaut, l’instructeur en est averti"
"""What follows when a rule that only warns is not met."""


DOES = {
    Effect.REFUSES: "sinon, le dossier est refusé",
    Effect.CAPS: "au-delà, le montant est ramené",
    Effect.WARNS: "sinon, l’instructeur est averti",
}
"""What a rule that is not met does."""

LEFT_OUT = "la dépense n’est pas comptée, le dossier n’est pas refusé"
"""What a rule of lines does when it cuts: nothing of the line is kept."""

UNDECIDED = "sinon, aucune décision n’est prise"
"""What a limit over all the dossiers does when it refuses."""

MAKES = frozenset(
    {"rate", "lump_sum", "bonus", "instalments", "interim", "advance", "consumption", "report", "recovery"}
)
"""The kinds that give an amount or a term: there is nothing to be met."""


@dataclass(frozen=True, slots=True)
class RuleSentence:
    """One rule as a reader meets it; ``does`` says whether it refuses, cuts or warns, empty when it gives something."""

    rule: str
    label: str
    sentence: str
    article: str
    warns: bool
    does: str


def rule_groups(book: Rulebook) -> list[tuple[str, list[RuleSentence]]]:
    """The rules in the order of a reader's questions: who, how much, what not, what to join, when."""
    written = list(_sentences(book))
    return [
        (title, found)
        for title, kinds in GROUPS.values()
        if (found := [sentence for kind, sentence in written if kind in kinds])
    ]


def parameter_groups(book: Rulebook) -> list[tuple[str, list[str]]]:
    """The parameters under the reader's question that their first rule answers; those of no rule weigh the grid."""
    told = {kind: title for title, kinds in GROUPS.values() for kind in kinds}
    placed: dict[str, str] = {}
    for table in book.content["rule"]:
        for name in _named(table):
            placed.setdefault(name, told.get(table["kind"], OTHER))
    found: dict[str, list[str]] = {title: [] for title in (*(title for title, _ in GROUPS.values()), GRID)}
    for name in book.parameters:
        found[placed.get(name, GRID)].append(name)
    return [(title, names) for title, names in found.items() if names]


def _named(said: Any) -> Iterator[str]:
    """The words of a rule that may name a parameter."""
    if isinstance(said, str):
        yield said.removeprefix("@").removeprefix("parameter:")
    elif isinstance(said, Mapping):
        for one in said.values():
            yield from _named(one)
    elif isinstance(said, list | tuple):
        for one in said:
            yield from _named(one)


def _sentences(book: Rulebook) -> Iterator[tuple[str, RuleSentence]]:
    for table in book.content["rule"]:
        words = _words(table, book)
        warns = table.get("effect") == "warns"
        follows = "" if WARNED in words else does(table)
        yield (
            table["kind"],
            RuleSentence(table["id"], table["label"], typeset(words), table.get("article", ""), warns, follows),
        )


def does(table: Mapping[str, Any]) -> str:
    """What a rule does when it is not met: refuses, cuts or warns; empty for one that gives an amount or a term."""
    kind = KINDS[table["kind"]]
    effect = Effect(table.get("effect") or kind.effects[0])
    if kind.kind in MAKES:
        return ""
    if kind is Portfolio and effect is Effect.REFUSES:
        return UNDECIDED
    return LEFT_OUT if effect is Effect.CAPS and kind.kind in _WHOLE else DOES[effect]


_WHOLE = frozenset({"excluded_expense", "line_start", "line_deadline"})


def _words(table: Mapping[str, Any], book: Rulebook) -> str:
    kind: str = table["kind"]
    label: str = table["label"]
    if kind in PLAIN:
        return f"{label} : {PLAIN[kind]}."
    if kind == "each_action":
        return f"{label}, pour chaque action{WARNED if table.get('effect') == 'warns' else ''}."
    if kind == "excluded_expense":
        why = str(table.get("reason", "")).rstrip(".")
        return f"{label} : {f'la dépense {rest}' if (rest := why.removeprefix('elle ')) != why else why}."
    if kind == "piece":
        named = " ou ".join(_piece(one, book) for one in table["one_of"])
        return f"{named[0].upper()}{named[1:]}{', selon le cas' if 'when' in table else ''}."
    if kind == "statement":
        return _statement(table)
    parameters = _parameters(table, book)
    if said := _said(kind, parameters, book):
        return f"{label} : {said}."
    if parameters:
        return _listed(label, parameters, book)
    reason: str = table.get("reason", "")
    return f"{label} : {reason}" if reason else f"{label}."


def _statement(table: Mapping[str, Any]) -> str:
    if remedy := str(table.get("remedy", "")):
        begun = remedy if remedy[1:2].isupper() or remedy[1:3] == "’A" else f"{remedy[0].lower()}{remedy[1:]}"
        return f"{table['label']} : {begun}"
    reason = str(table.get("reason", ""))
    return f"{table['label']}{WARNED} : « {reason.rstrip('.')} »." if reason else f"{table['label']}."


def _said(kind: str, parameters: list[Parameter], book: Rulebook) -> str:
    """The rules most read, as one says them; empty when one of their values is still to be fixed, or is another."""
    values = {str(one.unit): value_in_words(one, book) for one in parameters}
    told = USUAL.get((kind, *sorted(values)), "")
    if len(values) < len(parameters) or any(one.value is None for one in parameters):
        return ""
    if "le {choice}" in told.replace("du ", "de le ") and not values["choice"].startswith("coût "):
        return ""
    named, _, rest = parameters[-1].label.partition(",") if parameters else ("", "", "")
    return told.format_map(values | {"named": f"{named[:1].lower()}{named[1:]}", "rest": f",{rest}" if rest else ""})


def _listed(label: str, parameters: list[Parameter], book: Rulebook) -> str:
    """« Récupération (méthode de récupération : …). »: a rule and its parameters, each by its name."""
    first, *others = [_shown(one, label, book) for one in parameters]
    if first[0]:
        named = " ; ".join(f"{name} : {value}" if name else value for name, value in (first, *others))
        return f"{label} ({named})."
    named = " ; ".join(f"{name} : {value}" if name else value for name, value in others)
    return f"{label} : {first[1]}{f' ({named})' if named else ''}."


def _piece(one: Mapping[str, Any], book: Rulebook) -> str:
    label = str(book.vocabulary.pieces.get(one["piece"], one["piece"]))
    dated = book.parameters.get(one.get("dated_from", ""))
    return f"{label} (à jour au {value_in_words(dated, book)} ou après)" if dated else label


def _shown(parameter: Parameter, label: str, book: Rulebook) -> tuple[str, str]:
    """The name of a parameter and its value; no name when the rule has just been called by it."""
    value, rest = value_in_words(parameter, book), parameter.label.removeprefix(label).strip()
    if len(rest) < len(parameter.label) and (not rest or rest.startswith("(")):
        return "", f"{value} {rest}".strip()
    return f"{parameter.label[0].lower()}{parameter.label[1:]}", value


def _parameters(table: Mapping[str, Any], book: Rulebook) -> list[Parameter]:
    """The parameters that a rule names, in the order of the rulebook."""
    named = set(_texts({name: value for name, value in table.items() if name not in {"id", "label", "kind", "reason"}}))
    named |= {one.removeprefix("@") for one in named}
    return [one for one in book.parameters.values() if one.name in named]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def codes_in_words(codes: list[str], book: Rulebook) -> str:
    """« établissement public et clinique »: codes of the vocabulary with their labels."""
    return enumerate_in_words([book.vocabulary.label(one) for one in codes])


def value_in_words(parameter: Parameter, book: Rulebook) -> str:
    """The value of a parameter, its codes written with their labels."""
    value = parameter.value
    if isinstance(value, tuple) and parameter.unit == "codes":
        return codes_in_words(list(value), book)
    return "à fixer" if value is None else in_words(value, parameter.unit, parameter.choices)
