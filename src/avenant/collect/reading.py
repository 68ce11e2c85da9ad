"""How each type of column is read, as SQL: a value when it can be, and the sentence that refuses it when it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from avenant.collect.engine import literal
from avenant.collect.identity import names_somebody
from avenant.collect.schema import CodeList, Column, ColumnType, sections
from avenant.domain.folding import fold
from avenant.domain.french import typeset

_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_YES = ("oui", "o", "1", "vrai", "true", "x", "yes", "y")
_NO = ("non", "n", "0", "faux", "false", "no")


def folded(cell: str) -> str:
    """The folded key of a text, in SQL, as :func:`avenant.domain.folding.fold` makes it."""
    bare = f"replace(replace(lower(strip_accents({cell})), 'œ', 'oe'), 'æ', 'ae')"
    return f"trim(regexp_replace({bare}, '[^0-9a-z]+', ' ', 'g'))"


def value(column: Column, cell: str, dates: str, readings: Mapping[str, str | bool], usual: Iterable[str] = ()) -> str:
    """The canonical value of a cell of text, NULL when it cannot be read. ``cell`` is trimmed and not empty, or NULL.

    ``usual`` are spellings met in the file: those that are known are compared as they stand, before any folding.
    """
    match column.type:
        case ColumnType.DATE:
            return _date(cell, dates)
        case ColumnType.SIRET:
            digits = siret_digits(cell)
            return f"CASE WHEN {siret_holds(digits)} THEN {digits} END"
        case ColumnType.YEAR:
            year = f"TRY_CAST({_whole(cell)} AS SMALLINT)"
            return f"CASE WHEN {year} BETWEEN {_FIRST_YEAR} AND {_LAST_YEAR} THEN {year} END"
        case ColumnType.INTEGER:
            number = f"TRY_CAST({_whole(cell)} AS INTEGER)"
            return f"CASE WHEN {number} >= 0 THEN {number} END"
        case ColumnType.CODE | ColumnType.BOOLEAN:
            return _code(cell, readings, usual) if readings else cell
        case ColumnType.SECTOR:
            return _sector(cell)
        case _:
            return cell


def readings(column: Column, lists: Mapping[str, CodeList], own: Mapping[str, str]) -> dict[str, str | bool]:
    """The spellings of a column: those of its list, then those of the mapping; yes and no."""
    if column.type is ColumnType.BOOLEAN:
        return {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
    if column.type is not ColumnType.CODE:
        return {}
    return {**lists[column.codes].readings(), **{fold(text): code for text, code in own.items()}}


def _code(cell: str, readings: Mapping[str, str | bool], usual: Iterable[str]) -> str:
    met = {text: readings[fold(text)] for text in usual if fold(text) in readings}
    slowly = f"CASE {folded(cell)} {_cases(readings)} END"
    return f"CASE {cell} {_cases(met)} ELSE {slowly} END" if met else slowly


def _cases(meant: Mapping[str, str | bool]) -> str:
    return " ".join(
        f"WHEN {literal(text)} THEN {literal(code) if isinstance(code, str) else code}" for text, code in meant.items()
    )


def _whole(cell: str) -> str:
    """A whole number as a spreadsheet may write it: « 1 250 », « 12,0 »."""
    bare = rf"regexp_replace(regexp_replace({cell}, '[\s\x{{00A0}}\x{{202F}}]', '', 'g'), '[.,]0+$', '')"
    return f"CASE WHEN regexp_full_match({cell}, '[0-9]{{1,9}}') THEN {cell} ELSE {bare} END"


def _date(cell: str, dates: str) -> str:
    formats = dict.fromkeys((dates, "%Y-%m-%d"))
    listed = ", ".join(literal(one) for form in formats for one in (form, f"{form} %H:%M", f"{form} %H:%M:%S"))
    serial = f"DATE '1899-12-30' + TRY_CAST(regexp_replace({cell}, '[.,]0+$', '') AS INTEGER)"
    return (
        f"CASE WHEN CASE WHEN strlen({cell}) <> 10 THEN regexp_full_match({cell}, '[1-9][0-9]{{4}}([.,]0+)?') END THEN {serial} "
        f"ELSE CAST(try_strptime({cell}, [{listed}]) AS DATE) END"
    )


def siret_digits(cell: str) -> str:
    """The digits of a SIRET typed with spaces, or kept as a number by a spreadsheet."""
    bare = rf"regexp_replace(regexp_replace({cell}, '[.,]0+$', ''), '[\s\x{{00A0}}\x{{202F}}.\-]', '', 'g')"
    return f"CASE WHEN regexp_full_match({cell}, '[0-9]{{14}}') THEN {cell} ELSE {bare} END"


def siret_holds(digits: str) -> str:
    """Fourteen digits whose key holds; those of La Poste sum to a multiple of 5."""
    number = f"TRY_CAST({digits} AS BIGINT)"
    places = [f"({number} // {10**rank} % 10)" for rank in range(14)]
    doubled = (f"(2 * {one} - CASE WHEN {one} > 4 THEN 9 ELSE 0 END)" for one in places[1::2])
    luhn = " + ".join((*places[::2], *doubled))
    return (
        f"(regexp_full_match({digits}, '[0-9]{{14}}') AND (({luhn}) % 10 = 0 "
        f"OR (starts_with({digits}, '356000000') AND ({' + '.join(places)}) % 5 = 0)))"
    )


def _sector(cell: str) -> str:
    division = f"TRY_CAST(left(regexp_replace({cell}, '[^0-9]', '', 'g'), 2) AS INTEGER)"
    cases = " ".join(
        f"WHEN {division} BETWEEN {first} AND {last} THEN {literal(code)}" for code, (first, last) in sections().items()
    )
    letters = "".join(sections())
    return (
        f"CASE WHEN regexp_full_match(upper({cell}), '[{letters}]') THEN upper({cell}) "
        f"WHEN regexp_full_match(upper({cell}), '[0-9]{{2}}([.]?[0-9]{{1,2}}[A-Z]?)?') THEN CASE {cases} END END"
    )


def shape(dates: str) -> str:
    """A date format as a person writes it: « jj/mm/aaaa »."""
    return dates.replace("%d", "jj").replace("%m", "mm").replace("%Y", "aaaa").replace("%y", "aa")


def reason(column: Column, cell: str, dates: str, shown: bool = True) -> str:
    """The sentence that refuses a cell which is not empty, as SQL. A pseudonym is never repeated."""
    told = (
        f"CASE WHEN {names_somebody(cell)} THEN 'valeur' ELSE '« ' || left({cell}, 40) || ' »' END"
        if shown
        else "'valeur'"
    )

    def say(text: str) -> str:
        return f"{told} || {literal(typeset(' : ' + text))}"

    match column.type:
        case ColumnType.SIRET:
            digits = siret_digits(cell)
            return (
                f"CASE WHEN regexp_matches({cell}, '[eE][+]?[0-9]+$') THEN "
                f"{say('le tableur a arrondi ce SIRET, ses derniers chiffres sont perdus.')} "
                f"WHEN regexp_full_match({digits}, '[0-9]{{13}}') THEN "
                f"{say('13 chiffres, un zéro s’est-il perdu au début ? Un SIRET en compte 14.')} "
                f"WHEN regexp_full_match({digits}, '[0-9]{{14}}') THEN {say('la clé de ce SIRET est fausse.')} "
                f"ELSE {say('ce n’est pas un SIRET, qui compte 14 chiffres.')} END"
            )
        case ColumnType.DATE:
            return say(f"ce n’est pas une date du calendrier écrite comme prévu ({shape(dates)}).")
        case ColumnType.YEAR:
            return say("ce n’est pas une année sur quatre chiffres.")
        case ColumnType.INTEGER:
            return say("ce n’est pas un nombre entier positif.")
        case ColumnType.BOOLEAN:
            return say("ce n’est ni oui ni non.")
        case ColumnType.CODE:
            return say(f"code inconnu de la liste « {column.label} ».")
        case ColumnType.SECTOR:
            return say("ce n’est ni une section NAF (A à U) ni un code APE.")
        case _:
            return say("valeur illisible.")
