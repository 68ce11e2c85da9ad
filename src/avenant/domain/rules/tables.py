"""Reading one table of a rulebook: each field asked for by name and type, what is wrong named with rule and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset
from avenant.domain.rules.conditions import ORDERED, TESTS, Condition, compared, contrary, either, every, known
from avenant.domain.rules.parameters import Parameter, Unit
from avenant.domain.rules.paths import DAY, IN_WORDS, LABELS, NUMBER, Operand, Types, path_of, place_of
from avenant.domain.rules.work import Sheet

_PLACES = {"project": "projet", "line": "dépense", "action": "action"}


class BadRulebook(DomainError):
    """A rulebook that cannot be read: where (rule or parameter, field, line) and what was expected."""

    def __init__(self, message: str, *, place: str = "", field: str = "", line: int | None = None) -> None:
        where = ", ".join(part for part in (place, field and f"champ « {field} »", line and f"ligne {line}") if part)
        super().__init__(typeset(f"{where} : {message}" if where else message), code="bad_rulebook")
        self.place, self.field, self.line = place, field, line


class Lines:
    """Where the tables of a TOML text stand, so that an error can name its line."""

    def __init__(self, text: str) -> None:
        self._rows = text.splitlines()

    def find(self, header: str, rank: int, field: str = "") -> int | None:
        """The line of the ``rank``-th ``[[header]]``, or of a field in it."""
        starts = [number for number, row in enumerate(self._rows) if row.strip() == f"[[{header}]]"]
        if rank >= len(starts):
            return None
        start = starts[rank]
        if field:
            for number in range(start + 1, len(self._rows)):
                if re.match(rf"\s*{re.escape(field)}\s*=", self._rows[number]):
                    return number + 1
                if self._rows[number].startswith("[["):
                    break
        return start + 1


class Vocabulary:
    """The codes that a rulebook's rules and facts may use, with their French labels."""

    def __init__(self, data: Mapping[str, Mapping[str, str]]) -> None:
        self.expenses = dict(data.get("expenses", {}))
        self.pieces = dict(data.get("pieces", {}))
        self.measures = dict(data.get("measures", {}))
        self.labels = {code: label for labels in data.values() for code, label in labels.items()}

    def label(self, code: str) -> str:
        return self.labels.get(code, code)


class Table:
    """One ``[[rule]]``: fields are taken one by one; what is left at the end is an error."""

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        rank: int,
        lines: Lines | None,
        parameters: Mapping[str, Parameter],
        vocabulary: Vocabulary,
    ) -> None:
        self._left = dict(data)
        self._paths: list[tuple[str, str]] = []
        self._rank, self._lines = rank, lines
        self.parameters, self.vocabulary = parameters, vocabulary
        self.place = f"règle « {data.get('id', rank + 1)} »"

    def error(self, field: str, message: str) -> BadRulebook:
        line = self._lines.find("rule", self._rank, field) if self._lines else None
        return BadRulebook(message, place=self.place, field=field, line=line)

    def close(self, *, level: str, inside: str) -> None:
        """Nothing is left, and every fact can be read where the rule looks: ``level``, then ``inside`` each project."""
        for field in self._left:
            raise self.error(field, "champ inconnu pour cette sorte de règle.")
        for field, path in self._paths:
            readable = {"", "project" if level == "project" else "", inside if field != "when" else ""}
            if place_of(path) not in readable:
                raise self.error(
                    field,
                    f"cette règle ne lit pas le fait « {path} » : elle ne regarde pas chaque {_PLACES[place_of(path)]}.",
                )

    def give(self, field: str, value: Any) -> None:
        """Add what a rule takes from the whole rulebook."""
        self._left[field] = value

    def take(self, field: str) -> Any:
        return self._left.pop(field, None)

    def text(self, field: str, default: str | None = None) -> str:
        value = self.take(field)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            raise self.error(field, "un texte est attendu.")
        return value

    def flag(self, field: str) -> bool:
        value = self.take(field)
        if value is not None and not isinstance(value, bool):
            raise self.error(field, "oui (true) ou non (false) est attendu.")
        return bool(value)

    def codes(self, field: str) -> tuple[str, ...]:
        value = self.take(field)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise self.error(field, "une liste de codes est attendue.")
        return tuple(value)

    def one_of(self, field: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(field, default)
        if value not in choices:
            raise self.error(field, f"« {value} » n'est pas un des choix : {', '.join(choices)}.")
        return value

    def parameter(self, field: str, *units: Unit) -> Operand:
        """The parameter that this field names. Raises when it is absent or of another unit."""
        return self.named_parameter(field, self.text(field), units)

    def optional_parameter(self, field: str, *units: Unit) -> Operand | None:
        return self.parameter(field, *units) if field in self._left else None

    def named_parameter(self, field: str, name: str, units: tuple[Unit, ...]) -> Operand:
        parameter = self.parameters.get(name)
        if parameter is None:
            raise self.error(field, f"le paramètre « {name} » n'existe pas.")
        if units and parameter.unit not in units:
            raise self.error(field, f"le paramètre « {name} » devrait être : {', '.join(units)}.")
        value = parameter.value
        return Operand(f"parameter:{name}", parameter.label, lambda _: value, parameter.unit)

    def fact(self, field: str, default: str | None = None, *, of: Types | None = None) -> Operand:
        """The fact that this field names; « @name » takes the path that a parameter of choice holds.

        ``of`` are the types of the values that the rule can use: a measure of another type is as missing.
        """
        return self._fact_at(field, self.text(field, default), of)

    def optional_fact(self, field: str, *, of: Types | None = None) -> Operand | None:
        return self.fact(field, of=of) if field in self._left else None

    def _fact_at(self, field: str, path: str, of: Types | None) -> Operand:
        if not path.startswith("@"):
            return self.named_fact(field, path, of)
        chosen = self.named_parameter(field, path[1:], (Unit.CHOICE,))
        parameter = self.parameters[path[1:]]
        facts = {choice: self.named_fact(field, choice, of) for choice in parameter.choices or ()}
        return facts.get(parameter.value, chosen)

    def named_fact(self, field: str, path: str, of: Types | None = None) -> Operand:
        """The fact of this path. Raises when it does not exist or its values are not of these types."""
        found = path_of(path)
        _, _, measure = path.rpartition("measures.")
        declared = path in LABELS or (path.endswith(f"measures.{measure}") and measure in self.vocabulary.measures)
        if found is None or not declared:
            raise self.error(field, f"le fait « {path} » n'existe pas ou n'est pas déclaré au vocabulaire.")
        if of and found.types and not found.types <= of:
            raise self.error(field, f"le fait « {path} » n'est pas {IN_WORDS[of]}.")
        self._paths.append((field, path))
        read = _only(found.read, of) if of and found.types is None else found.read
        return Operand(path, LABELS.get(path) or self.vocabulary.measures[measure], read)

    def condition(self, field: str) -> Condition | None:
        """The condition of this field, None when there is none."""
        data = self.take(field)
        return None if data is None else self._condition(field, data)

    def needed_condition(self, field: str) -> Condition:
        found = self.condition(field)
        if found is None:
            raise self.error(field, "une condition est attendue.")
        return found

    def _condition(self, field: str, data: Any) -> Condition:
        if not isinstance(data, Mapping):
            raise self.error(field, "une condition est attendue : { fact = …, is = … }.")
        for join, make in (("all", every), ("any", either)):
            if set(data) == {join} and isinstance(data[join], list):
                return make([self._condition(field, one) for one in data[join]])
        if set(data) == {"not"}:
            return contrary(self._condition(field, data["not"]))
        tests = sorted(set(data) & TESTS)
        if len(tests) != 1 or set(data) != {"fact", tests[0]}:
            raise self.error(field, f"une condition porte « fact » et un test parmi {', '.join(sorted(TESTS))}.")
        if not isinstance(data["fact"], str):
            raise self.error(field, "« fact » nomme un fait.")
        return self._comparison(field, data["fact"], tests[0], data[tests[0]])

    def _comparison(self, field: str, path: str, test: str, wanted: Any) -> Condition:
        limit = None
        if test in ORDERED or (isinstance(wanted, str) and wanted.startswith("@")):
            units = _ORDERED_UNITS if test in ORDERED else (Unit.CODES,) if test == "in" else ()
            limit = self.named_parameter(field, str(wanted).removeprefix("@"), units)
        of = (
            None if test not in ORDERED and test != "positive" else DAY if limit and limit.unit is Unit.DATE else NUMBER
        )
        if path.startswith("parameter:"):
            fact = self.named_parameter(field, path.removeprefix("parameter:"), ())
        else:
            fact = self._fact_at(field, path, of)
        if limit is not None:
            value = self.parameters[limit.name.removeprefix("parameter:")].value
            return compared(fact, test, value, blank=limit.name if value is None else "")
        if test in ("positive", "known") and not isinstance(wanted, bool):
            raise self.error(field, f"« {test} » demande oui (true) ou non (false).")
        if isinstance(wanted, list) is not (test == "in"):
            raise self.error(field, "« in » demande une liste de codes, « is » un seul.")
        if test == "known":
            return known(fact) if wanted else contrary(known(fact))
        return compared(fact, test, wanted)


_ORDERED_UNITS = (Unit.EUROS, Unit.COUNT, Unit.MONTHS, Unit.YEARS, Unit.PERCENT, Unit.DATE)


def _only(read: Callable[[Sheet], Any], types: Types) -> Callable[[Sheet], Any]:
    def checked(sheet: Sheet) -> Any:
        value = read(sheet)
        return value if type(value) in types else None

    return checked
