"""A rulebook: the rules of one call, their parameters and vocabulary, frozen by a digest, replayable from JSON."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Effect, Finding
from avenant.domain.rules.kinds import amounts, checks, dates, lines, pieces, terms
from avenant.domain.rules.kinds.base import PHASES, Rule
from avenant.domain.rules.kinds.portfolio import Portfolio
from avenant.domain.rules.parameters import BadParameter, Parameter, Unit, bounded, read_bound
from avenant.domain.rules.tables import BadRulebook, Lines, Table, Vocabulary

KINDS: Final[Mapping[str, type[Rule]]] = {
    one.kind: one
    for one in (
        lines.ExcludedExpense, lines.EligiblePart, lines.LineDeadline, lines.LineStart, lines.UnitCap, lines.LineAid,
        lines.ShareCap,
        amounts.Rate, amounts.LumpSum, amounts.Bonus, amounts.Cap, amounts.Request, amounts.PublicAid,
        dates.Window, dates.Deadline, dates.Start, pieces.RequiredPiece, pieces.PieceOrder, checks.EligibleBody, checks.Floor,
        checks.Count, checks.Plan, checks.Statement, checks.EachAction, checks.Shares,
        terms.Instalments, terms.Interim, terms.Advance, terms.Consumption, terms.Report, terms.Recovery,
        Portfolio,
    )
}  # fmt: skip
_PARAMETER_FIELDS: Final = {"name", "label", "unit", "article", "note", "minimum", "maximum", "choices", "value"}
R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rulebook:
    """The rules of one call. Made by :func:`parse_rulebook` or :func:`rulebook_from_json`.

    ``content`` is the plain data it was made from; ``digest`` its SHA-256: the same digest, the same answers. Two of one
    digest are equal.
    """

    name: str
    title: str
    zone: ZoneInfo
    parameters: Mapping[str, Parameter]
    vocabulary: Vocabulary
    rules: tuple[Rule, ...]
    running: tuple[tuple[Rule, ...], tuple[Rule, ...]]
    content: Mapping[str, Any]
    digest: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebook) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def value(self, parameter: str) -> Any:
        """The exact value of a parameter; None for a blank. Raises KeyError when there is none of this name."""
        return self.parameters[parameter].value

    def blanks(self) -> tuple[Parameter, ...]:
        """The parameters still to be fixed."""
        return tuple(one for one in self.parameters.values() if one.value is None)

    def all_of(self, kind: type[R]) -> tuple[R, ...]:
        """The rules of one kind, in order."""
        return tuple(one for one in self.rules if type(one) is kind)

    def first_of(self, kind: type[R]) -> R | None:
        """The first rule of one kind, None when the call has none."""
        return next(iter(self.all_of(kind)), None)

    def with_parameters(self, values: Mapping[str, Any]) -> Rulebook:
        """The same call with other values, written as in the file; None makes a blank.

        Raises :class:`BadParameter` on a value out of its unit or bounds, KeyError on an unknown name.
        """
        for name in values:
            if name not in self.parameters:
                raise KeyError(name)
        content = json.loads(json.dumps(self.content))
        for table in content["parameter"]:
            if table["name"] in values:
                table.pop("value", None)
                given = values[table["name"]]
                self.parameters[table["name"]].read(given)
                if given is not None:
                    table["value"] = json.loads(json.dumps(given))
        return rulebook_from_json(content)

    def without_kind(self, kind: str) -> Rulebook:
        """The same call without its rules of one kind, for a what-if."""
        content = self.to_json()
        content["rule"] = [one for one in content["rule"] if one["kind"] != kind]
        return rulebook_from_json(content)

    def to_json(self) -> dict[str, Any]:
        """Plain data from which :func:`rulebook_from_json` makes the same rulebook: what a dossier keeps."""
        data: dict[str, Any] = json.loads(json.dumps(self.content))
        return data

    def judge_portfolio(self, awards: Iterable[tuple[Facts, Decimal]]) -> tuple[Finding, ...]:
        """The findings of the limits over all the dossiers of the call."""
        listed = list(awards)
        return tuple(finding for rule in self.all_of(Portfolio) for finding in rule.judge_all(listed))


def parse_rulebook(text: str, *, file: str = "rules.toml") -> Rulebook:
    """The rulebook written in TOML. Raises :class:`BadRulebook` naming rule, field and line."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRulebook(f"{file} n'est pas un fichier TOML lisible : {error}") from None
    return _made(_plain(content), Lines(text))


def rulebook_from_json(content: Mapping[str, Any]) -> Rulebook:
    """The rulebook kept by :meth:`Rulebook.to_json`."""
    return _made(_plain(content), None)


def _plain(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if isinstance(data, date | datetime):
        return data.isoformat()
    if isinstance(data, float):
        raise BadRulebook(f'{data} est un nombre à virgule : écrivez-le entre guillemets, « "{data}" ».')
    return data


def _made(content: dict[str, Any], source: Lines | None) -> Rulebook:
    for field in ("name", "title", "zone"):
        if not isinstance(content.get(field), str):
            raise BadRulebook("un texte est attendu.", field=field)
    try:
        zone = ZoneInfo(content["zone"])
    except (ZoneInfoNotFoundError, ValueError):
        raise BadRulebook(f"le fuseau « {content['zone']} » n'existe pas.", field="zone") from None
    vocabulary = Vocabulary(content.get("vocabulary", {}))
    parameters: dict[str, Parameter] = {}
    for rank, data in enumerate(content.get("parameter", [])):
        parameter = _parameter(data, rank, source)
        if parameter.name in parameters:
            raise BadRulebook("ce nom est déjà pris.", place=f"paramètre « {parameter.name} »")
        parameters[parameter.name] = parameter
    names = {**vocabulary.labels, **{one.name: one.label for one in parameters.values()}}
    rules: list[Rule] = []
    for rank, data in enumerate(content.get("rule", [])):
        table = Table(data, rank=rank, lines=source, parameters=parameters, vocabulary=vocabulary)
        rule = _rule(table, rank, names, content["zone"])
        if any(one.id == rule.id for one in rules):
            raise table.error("id", f"l'identifiant « {rule.id} » est déjà pris.")
        rules.append(rule)
    return Rulebook(
        name=content["name"],
        title=content["title"],
        zone=zone,
        parameters=parameters,
        vocabulary=vocabulary,
        rules=tuple(rules),
        running=_in_phases(rules),
        content=content,
        digest=hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest(),
    )


def _in_phases(rules: Iterable[Rule]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules of lines and of the base, then the others, each in the order of its phase and of the file."""
    ordered = sorted(rules, key=lambda one: (PHASES.index(one.phase), one.position))
    first = tuple(one for one in ordered if one.phase in ("lines", "base"))
    return first, tuple(ordered[len(first) :])


def _parameter(data: Mapping[str, Any], rank: int, source: Lines | None) -> Parameter:  # noqa: C901 - one check a field
    place = f"paramètre « {data.get('name', rank + 1)} »"

    def wrong(field: str, message: str) -> BadRulebook:
        line = source.find("parameter", rank, field) if source else None
        return BadRulebook(message, place=place, field=field, line=line)

    for field in data:
        if field not in _PARAMETER_FIELDS:
            raise wrong(field, "champ inconnu.")
    for field in ("name", "label", "unit"):
        if not isinstance(data.get(field), str) or not data[field]:
            raise wrong(field, "un texte est attendu.")
    if data["unit"] not in list(Unit):
        raise wrong("unit", f"« {data['unit']} » n'est pas une unité : {', '.join(Unit)}.")
    unit = Unit(data["unit"])
    bounds: dict[str, Any] = {}
    for side in ("minimum", "maximum"):
        if side in data:
            if not bounded(unit):
                raise wrong(side, "cette unité n'a pas de bornes.")
            try:
                bounds[side] = read_bound(unit, data[side])
            except BadParameter as error:
                raise wrong(side, error.message) from None
    if unit is Unit.CHOICE and not isinstance(data.get("choices"), Mapping):
        raise wrong("choices", "un choix donne ses codes et leurs libellés.")
    blank = Parameter(
        name=data["name"],
        label=data["label"],
        unit=unit,
        article=data.get("article", ""),
        note=data.get("note", ""),
        choices=data.get("choices"),
        **bounds,
    )
    try:
        value = blank.read(data.get("value"))
    except BadParameter as error:
        raise wrong("value", error.message) from None
    return Parameter(**{**{name: getattr(blank, name) for name in blank.__slots__}, "value": value})


def _rule(table: Table, rank: int, names: Mapping[str, str], zone: str) -> Rule:
    name = table.text("kind")
    kind = KINDS.get(name)
    if kind is None:
        raise table.error("kind", f"« {name} » n'est pas une sorte de règle : {', '.join(sorted(KINDS))}.")
    default = str(kind.effects[0])
    common = {
        "id": table.text("id"),
        "label": table.text("label"),
        "article": table.text("article", ""),
        "effect": Effect(table.one_of("effect", tuple(map(str, kind.effects)), default)),
        "when": table.condition("when"),
        "position": rank,
        "names": names,
    }
    if issubclass(kind, dates.Window):
        table.give("@zone", zone)
    rule = kind.build(table, common)
    table.close(level=rule.level, inside=kind.inside)
    return rule
