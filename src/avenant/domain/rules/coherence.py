"""What the parameters of a call say against each other: each is within its own bounds, and together they still refuse or cut
everything. Remarks for who writes them; a call with remarks may be published, since its text may want it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

from avenant.domain.french import enumerate_in_words, format_date, format_euros, quoted, typeset
from avenant.domain.money import share
from avenant.domain.rules.findings import Effect
from avenant.domain.rules.kinds.amounts import Cap, PublicAid, Rate
from avenant.domain.rules.kinds.checks import EligibleBody, Floor
from avenant.domain.rules.kinds.dates import Deadline, Start, Window
from avenant.domain.rules.kinds.terms import NO_SHEET, Consumption
from avenant.domain.rules.parameters import rate_in_words
from avenant.domain.rules.rulebook import Rulebook

GRANT = "project.grant"


def remarks_on(book: Rulebook) -> tuple[str, ...]:
    """What is odd in the parameters together, in sentences, each once. A blank gives no remark: it is shown as a blank."""
    found = [*_amounts(book), *_parameters(book), *_dates(book), *_codes(book)]
    return tuple(dict.fromkeys(typeset(one) for one in found))


def _amounts(book: Rulebook) -> Iterator[str]:
    rates = [value for one in book.all_of(Rate) if one.by is None and (value := one.rate.read(NO_SHEET)) is not None]
    caps = [
        value
        for one in book.all_of(Cap)
        if one.by is None and one.years is None and one.effect is Effect.CAPS
        and (value := one.amount.read(NO_SHEET)) is not None
    ]  # fmt: skip
    floors = [
        (one.fact.name, value) for one in book.all_of(Floor) if isinstance(value := one.limit.read(NO_SHEET), Decimal)
    ]
    for rate, public in product(rates, (one.maximum.read(NO_SHEET) for one in book.all_of(PublicAid))):
        if public is not None and rate > public:
            yield (
                f"Le taux, {rate_in_words(rate)}, dépasse à lui seul le maximum d'aides publiques, {rate_in_words(public)}."
            )
    for cap, (fact, floor) in product(caps, floors):
        if fact == GRANT and cap < floor:
            yield (
                f"Le plafond de l'aide, {format_euros(cap)}, est en dessous de l'aide minimum, {format_euros(floor)} :"
                " aucun dossier ne peut être aidé."
            )
        for rate in rates if fact != GRANT else ():
            if cap < share(floor, rate):
                yield (
                    f"Au taux de {rate_in_words(rate)}, le plus petit projet admis, {format_euros(floor)}, aurait"
                    f" {format_euros(share(floor, rate))} : le plafond, {format_euros(cap)}, ramène toutes les aides au même"
                    " montant."
                )


def _parameters(book: Rulebook) -> Iterator[str]:
    """Statements that set a parameter against another: « the rate is at most the maximum shown »."""
    for table in book.content["rule"]:
        must = table.get("must")
        if table["kind"] != "statement" or not isinstance(must, dict) or set(must) != {"fact", "at_most"}:
            continue
        name = str(must["fact"]).removeprefix("parameter:")
        if name == must["fact"] or must["at_most"] not in book.parameters:
            continue
        one, most = book.parameters[name], book.parameters[must["at_most"]]
        if one.value is not None and most.value is not None and one.value > most.value:
            yield f"{table['label']} : {one.show(one.value)} pour {most.show(most.value)} au plus ; {table['reason']}"


def _dates(book: Rulebook) -> Iterator[str]:
    starts = [value for one in book.all_of(Start) if one.not_before and (value := one.not_before.read(NO_SHEET))]
    closes = [
        value.date()
        for one in (*book.all_of(Window), *book.all_of(Deadline))
        if one.closes and (value := one.closes.read(NO_SHEET))
    ]
    for until in (one.until.read(NO_SHEET) for one in book.all_of(Consumption)):
        for words, day in [
            *(("le début des projets", one) for one in starts),
            *(("la fin du dépôt", one) for one in closes),
        ]:
            if until is not None and until < day:
                yield f"La consommation de l'aide finit le {format_date(until)}, avant {words}, le {format_date(day)}."


def _codes(book: Rulebook) -> Iterator[str]:
    known = book.content.get("vocabulary", {}).get("bodies", {})
    for rule in book.all_of(EligibleBody):
        for _, allowed in rule.criteria:
            strange = [quoted(code) for code in allowed.read(NO_SHEET) or () if code not in known]
            if strange and known:
                words = "n'est pas un code" if len(strange) == 1 else "ne sont pas des codes"
                yield f"{allowed.label} : {enumerate_in_words(strange)} {words} de ce règlement."
