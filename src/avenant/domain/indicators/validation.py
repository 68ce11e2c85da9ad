"""What the rules say of a declaration: what is missing, what cannot be, what must be explained, what helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from avenant.domain.decision import Finding, Severity
from avenant.domain.french import enumerate_in_words, format_evolution, format_number, format_percentage, typeset
from avenant.domain.indicators.benchmark import Spread
from avenant.domain.indicators.definitions import Catalogue, Component, Definition, Provider, sort_key
from avenant.domain.indicators.rules import Comparison, Condition, Effect, Expression, Reference, Relation
from avenant.domain.indicators.values import Answer, AnswerState, amount, measures

Answers = Mapping[str, Answer]
"""By stable code; an indicator that is absent has an empty answer."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Parameters of the region. ``jump``: the relative change above which last year's figure asks for a reason.

    ``far``: how many interquartile ranges beyond a quartile make a figure far from its peers.
    """

    jump: Decimal = Decimal("0.5")
    far: Decimal = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was said of the same indicator for an earlier year, under which version of its definition."""

    year: int
    answer: Answer
    version: int = 1


_WEIGHT: Final = {Severity.BLOCKING: 0, Severity.TO_JUSTIFY: 1, Severity.INFORMATION: 2}
_EMPTY: Final = Answer.empty()


def check(
    catalogue: Catalogue,
    answers: Answers,
    *,
    provider: Provider | None = None,
    previous: Mapping[str, Earlier] | None = None,
    peers: Mapping[str, Spread] | None = None,
    thresholds: Thresholds | None = None,
) -> list[Finding]:
    """Apply every rule to the answers of one service for one year; the weightiest findings come first.

    ``provider`` limits completeness to what that provider states; the service is also told what it awaits from
    others. ``previous`` and ``peers`` are by stable code. A finding's code is the same whenever the same rule speaks
    of the same part.
    """
    thresholds = thresholds or Thresholds()
    findings: list[Finding] = []
    for definition in catalogue.definitions:
        answer = answers.get(definition.code, _EMPTY)
        findings.extend(_completeness(definition, answer, provider))
        findings.extend(_prefill_differences(catalogue, definition, answers))
        if previous and definition.code in previous:
            findings.extend(_against_last_year(definition, answer, previous[definition.code], thresholds))
        if peers and definition.code in peers:
            findings.extend(_against_peers(definition, answer, peers[definition.code], thresholds))
    for rule in catalogue.rules:
        finding = (
            _compare(catalogue, answers, rule)
            if isinstance(rule, Comparison)
            else _apply_condition(catalogue, answers, rule)
        )
        if finding:
            findings.append(finding)
    return sorted(findings, key=lambda one: (_WEIGHT[one.severity], sort_key(one.subjects[0]), one.code))


def proposals(catalogue: Catalogue, answers: Answers) -> dict[str, dict[str, int]]:
    """The values that other indicators already state, by code then by part: satdl-1.2.7 is pdp-1.8 + pdp-1.9."""
    proposed: dict[str, dict[str, int]] = {}
    for definition in catalogue.definitions:
        for part, expression in definition.prefill.items():
            total = _Sum.of(catalogue, answers, expression)
            if total.complete:
                proposed.setdefault(definition.code, {})[part] = int(total.known)
    return proposed


def _completeness(definition: Definition, answer: Answer, provider: Provider | None) -> Iterator[Finding]:
    if answer.state is AnswerState.NOT_AVAILABLE:
        yield _finding(
            f"{definition.code}-not-available",
            Severity.INFORMATION,
            f"{definition.printed_code} : donnée non disponible. Motif : {answer.reason}",
            definition,
        )
        return
    for key, reason in answer.unavailable.items():
        yield _finding(
            f"{definition.code}-{key}-not-available",
            Severity.INFORMATION,
            f"{_name(definition, key)} : donnée non disponible. Motif : {reason}",
            definition,
        )
    stated = {*answer.value, *answer.unavailable}
    missing = [one for one in definition.components if not one.optional and one.key not in stated]
    mine = [one for one in missing if provider is None or definition.provider_of(one) is provider]
    if mine:
        yield _finding(
            f"{definition.code}-missing",
            Severity.BLOCKING,
            f"{definition.printed_code} : {_what_is_missing(mine, answer)} Donnez une valeur, 0 compris, "
            "ou dites que la donnée n'est pas disponible et pourquoi.",
            definition,
        )
    for component in missing:
        if component in mine or provider is not Provider.SERVICE:
            continue
        yield _finding(
            f"{definition.code}-{component.key}-awaited",
            Severity.INFORMATION,
            f"{definition.printed_code}, « {component.label} » : attendu, "
            f"à fournir par {definition.provider_of(component).label}.",
            definition,
        )


def _what_is_missing(missing: list[Component], answer: Answer) -> str:
    if answer.state is AnswerState.EMPTY:
        return "non renseigné."
    return f"il manque {enumerate_in_words([f'« {one.label} »' for one in missing])}."


def _prefill_differences(catalogue: Catalogue, definition: Definition, answers: Answers) -> Iterator[Finding]:
    value = answers.get(definition.code, _EMPTY).value
    for key, expression in definition.prefill.items():
        stated = amount(definition, value, key)
        total = _Sum.of(catalogue, answers, expression)
        if stated is None or not total.complete or stated == total.known:
            continue
        sources = [term.code for term in expression.terms]
        printed = enumerate_in_words([catalogue[code].printed_code for code in sources])
        yield Finding(
            f"{definition.code}-{key}-differs",
            Severity.TO_JUSTIFY,
            typeset(
                f"{definition.printed_code}, « {definition.component(key).label} » : vous déclarez "
                f"{format_number(stated)}, alors que {printed} {'donnent' if len(sources) > 1 else 'donne'} "
                f"{format_number(total.known)}."
            ),
            definition.clause,
            (definition.code, *sources),
        )


def _against_last_year(
    definition: Definition, answer: Answer, earlier: Earlier, thresholds: Thresholds
) -> Iterator[Finding]:
    if answer.state is not AnswerState.PROVIDED or earlier.answer.state is not AnswerState.PROVIDED:
        return
    if earlier.version != definition.version:
        yield _finding(
            f"{definition.code}-version",
            Severity.INFORMATION,
            f"{definition.printed_code} : la définition a changé depuis {earlier.year}. "
            "Les deux valeurs ne sont pas comparées.",
            definition,
        )
        return
    before = measures(definition, earlier.answer.value)
    for key, now in measures(definition, answer.value).items():
        if key in before and _jumps(before[key], now, thresholds.jump):
            severity = Severity.TO_JUSTIFY if before[key] else Severity.INFORMATION
            figures = f"{_figure(key, now)}, contre {_figure(key, before[key])}"
            words = _in_words(before[key], now, earlier.year)
            sentence = f"{words} ({_name(definition, key)} : {figures})."
            yield _finding(f"{definition.code}-{key}-jump", severity, sentence, definition)


def _jumps(before: Decimal, now: Decimal, threshold: Decimal) -> bool:
    """Whether the change exceeds the threshold; from zero there is no rate, and any change is told."""
    return abs(now - before) > threshold * before


_TIMES: Final = ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


def _in_words(before: Decimal, now: Decimal, year: int) -> str:
    if not before:
        return f"Rien en {year}"
    if not now:
        return f"Plus rien depuis {year}"
    more = now > before
    ratio = now / before if more else before / now
    times = int(ratio)
    if times < 2:
        return f"{format_evolution(before, now)} par rapport à {year}"
    word = _TIMES[times - 2] if times <= len(_TIMES) + 1 else format_number(times)
    start = word.capitalize() if ratio == times else f"Au moins {word}"
    return f"{start} fois {'plus' if more else 'moins'} qu'en {year}"


def _against_peers(definition: Definition, answer: Answer, spread: Spread, thresholds: Thresholds) -> Iterator[Finding]:
    for key, now in measures(definition, answer.value).items():
        if key != spread.measure:
            continue
        reach = thresholds.far * (spread.third_quartile - spread.first_quartile)
        above, below = now > spread.third_quartile + reach, now < spread.first_quartile - reach
        if above or below:
            yield _finding(
                f"{definition.code}-{key}-peers",
                Severity.INFORMATION,
                f"{_name(definition, key)} : {_figure(key, now)} est très {'au-dessus' if above else 'au-dessous'} "
                f"des autres services. La médiane de {spread.contributors} services est "
                f"{_figure(key, spread.median)}.",
                definition,
            )


def _name(definition: Definition, key: str) -> str:
    """The printed code, with the label of the part when the indicator has several."""
    required = [one for one in definition.components if not one.optional]
    if key == "rate" or len(required) < 2:
        return definition.printed_code
    return f"{definition.printed_code}, « {definition.component(key).label} »"


def _figure(key: str, number: Decimal) -> str:
    if key == "rate":
        return format_percentage(number)
    return format_number(number, decimals=None if number == number.to_integral_value() else 1)


@dataclass(frozen=True, slots=True)
class _Sum:
    """What is known of a sum of counts, and whether every term is known."""

    known: Decimal
    complete: bool

    @classmethod
    def of(cls, catalogue: Catalogue, answers: Answers, expression: Expression) -> _Sum:
        terms = [_amount_of(catalogue, answers, term) for term in expression.terms]
        return cls(sum((Decimal(term) for term in terms if term is not None), Decimal()), None not in terms)


def _amount_of(catalogue: Catalogue, answers: Answers, reference: Reference) -> int | Decimal | None:
    if reference.code not in catalogue:
        return None
    value = answers.get(reference.code, _EMPTY).value
    return amount(catalogue[reference.code], value, reference.part)


def _compare(catalogue: Catalogue, answers: Answers, rule: Comparison) -> Finding | None:
    left, right = (_Sum.of(catalogue, answers, side) for side in (rule.left, rule.right))
    if not right.complete:
        return None
    exceeds = left.known > right.known
    differs = rule.relation is Relation.EQUALS and left.complete and left.known != right.known
    if not (exceeds or differs):
        return None
    sentence = rule.sentence.format(
        left=format_number(left.known),
        right=format_number(right.known),
        gap=format_number(abs(left.known - right.known)),
    )
    return Finding(rule.code, rule.severity, typeset(sentence), rule.basis, rule.subjects)


def _apply_condition(catalogue: Catalogue, answers: Answers, rule: Condition) -> Finding | None:
    if rule.when.code not in catalogue:
        return None
    stated = answers.get(rule.when.code, _EMPTY).value.get(rule.when.part)
    chosen = {stated} if isinstance(stated, str) else set(stated or ())
    if bool(chosen & set(rule.answers)) is rule.unless:
        return None
    wanted = rule.effect is Effect.REQUIRES
    at_fault = [
        catalogue[part.code].component(part.part).label for part in rule.parts if _is_given(answers, part) is not wanted
    ]
    if not at_fault:
        return None
    sentence = rule.sentence.format(parts=enumerate_in_words([f"« {label} »" for label in at_fault]))
    return Finding(rule.code, rule.severity, typeset(sentence), rule.basis, rule.subjects)


def _is_given(answers: Answers, reference: Reference) -> bool:
    """A part is given by any value, 0 included; a list by at least one row."""
    return answers.get(reference.code, _EMPTY).value.get(reference.part) not in (None, [])


def _finding(code: str, severity: Severity, sentence: str, definition: Definition) -> Finding:
    return Finding(code, severity, typeset(sentence), definition.clause, (definition.code,))
