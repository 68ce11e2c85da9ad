"""Files of lists and registers, read line by line: what is taken, and each line that is not with its reason."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_date, parse_date, parse_integer, quoted, typeset
from avenant.domain.identifiers import parse_siret
from avenant.domain.personal_rows import refuse_rows_about_people
from avenant.domain.registers import ActionKind, Level, PartnerKind, Quality
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, csv_bytes
from avenant.foundations.documents.tables import CellKind, Limits, Row, Table, read_table

Read = TypeVar("Read", bound=Hashable)
LIMITS: Final = Limits(rows=20_000, columns=40)


@dataclass(frozen=True, slots=True)
class ListLine:
    """One establishment of a list."""

    siret: str
    label: str = ""
    headcount: int | None = None


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One line of a register, as it will be written."""

    kind: ActionKind
    on: date
    until: date | None = None
    siret: str = ""
    headcount: int | None = None
    count: int | None = None
    label: str = ""
    levels: tuple[Level, ...] = ()
    partner: str = ""
    partner_kind: PartnerKind | None = None
    qualities: tuple[Quality, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is not taken: its number in the file, what it says, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading(Generic[Read]):
    """What a file gives. ``carried`` is the taken lines as a CSV that the same reader reads again on confirmation."""

    lines: tuple[Read, ...]
    rejected: tuple[Rejected, ...]
    carried: str


LIST_TITLES: Final = {
    "siret": ("SIRET", "Numéro SIRET", "N° SIRET", "SIRET de l’établissement"),
    "label": ("Raison sociale", "Libellé", "Établissement", "Dénomination", "Enseigne"),
    "headcount": ("Effectif", "Effectifs", "Nombre de salariés"),
}
ACTION_TITLES: Final = {
    "kind": ("Nature", "Type d’action"),
    "on": ("Date", "Début"),
    "until": ("Fin", "Jusqu’au"),
    "siret": ("SIRET", "Numéro SIRET", "N° SIRET", "SIRET de l’entreprise"),
    "headcount": ("Effectif", "Effectifs", "Nombre de salariés"),
    "count": ("Nombre", "Quantité"),
    "label": ("Objet", "Libellé"),
    "levels": ("Niveaux de prévention", "Niveaux", "Niveau"),
    "partner": ("Partenaire",),
    "partner_kind": ("Nature du partenaire",),
    "qualities": ("Ce que la convention améliore", "Dimensions"),
}


def read_list(content: bytes, filename: str) -> Reading[ListLine]:
    """Read a list of establishments. Raises DomainError when the file as a whole is refused."""
    table = _table(content, filename, LIST_TITLES, required=("siret",))
    lines, rejected = _read_rows(table, LIST_TITLES, _list_line, lambda line: line.siret)
    return Reading(lines, rejected, carry_list(lines))


def read_actions(content: bytes, filename: str) -> Reading[ActionLine]:
    """Read lines of a register. Raises DomainError when the file as a whole is refused."""
    table = _table(content, filename, ACTION_TITLES, required=("kind", "on"))
    lines, rejected = _read_rows(table, ACTION_TITLES, _action_line, lambda line: line)
    return Reading(lines, rejected, carry_actions(lines))


def carry_list(lines: Iterable[ListLine]) -> str:
    """The lines as the CSV that :func:`read_list` reads."""
    return _csv(LIST_TITLES, ([line.siret, line.label, line.headcount] for line in lines))


def carry_actions(lines: Iterable[ActionLine]) -> str:
    """The lines as the CSV that :func:`read_actions` reads."""
    return csv_bytes(action_sheet(lines)).decode("utf-8-sig")


def action_sheet(lines: Iterable[ActionLine] = ()) -> Sheet:
    """A register as a sheet: what is exported can be imported; without lines, the form to fill."""
    columns = (
        Column("Nature", Kind.TEXT, 36, choices=tuple(kind.label for kind in ActionKind)),
        Column("Date", Kind.DATE, 12),
        Column("Fin", Kind.DATE, 12),
        Column("SIRET", Kind.CODE, 18),
        Column("Effectif", Kind.INTEGER, 10),
        Column("Nombre", Kind.INTEGER, 10),
        Column("Objet", Kind.TEXT, 40),
        Column("Niveaux de prévention", Kind.TEXT, 24),
        Column("Partenaire", Kind.TEXT, 30),
        Column("Nature du partenaire", Kind.TEXT, 18, choices=tuple(one.label for one in PartnerKind)),
        Column("Ce que la convention améliore", Kind.TEXT, 40),
    )
    rows = (
        [line.kind.label, line.on, line.until, line.siret, line.headcount, line.count, line.label, _several(line.levels),
         line.partner, line.partner_kind.label if line.partner_kind else "", _several(line.qualities)]
        for line in lines
    )  # fmt: skip
    return Sheet("Registre", columns, rows)


def checked_action(line: ActionLine) -> ActionLine:
    """Raise DomainError when something that its kind needs is missing or cannot be."""
    if line.kind.names_enterprise and not line.siret:
        raise DomainError(f"«\u202f{line.kind.label}\u202f» se compte par entreprise\u202f: il faut son SIRET.")
    if line.kind.needs_headcount and line.headcount is None:
        raise DomainError(
            f"«\u202f{line.kind.label}\u202f»\u202f: il faut l’effectif, puisque la cible est de moins de 10 salariés."
        )
    if line.kind.needs_count and line.count is None:
        raise DomainError(f"«\u202f{line.kind.label}\u202f»\u202f: il faut le nombre.")
    if line.until is not None and not line.kind.lasts:
        raise DomainError(f"«\u202f{line.kind.label}\u202f» se fait un jour\u202f: laissez la fin vide.")
    if line.until is not None and line.until < line.on:
        raise DomainError(f"La fin ({format_date(line.until)}) précède le début.")
    if line.levels and not line.kind.has_levels:
        raise DomainError(f"«\u202f{line.kind.label}\u202f» ne porte pas de niveau de prévention.")
    if (line.partner or line.partner_kind) and not line.kind.has_partner:
        raise DomainError(f"«\u202f{line.kind.label}\u202f» ne se fait pas avec un partenaire.")
    if line.qualities and line.kind is not ActionKind.AGREEMENT_SIGNED:
        raise DomainError("Seule une convention dit ce qu’elle améliore.")
    return line


def _several(chosen: Iterable[Level | Quality]) -> str:
    return ", ".join(one.label for one in chosen)


def _table(content: bytes, filename: str, titles: Mapping[str, tuple[str, ...]], *, required: tuple[str, ...]) -> Table:
    table = read_table(content, filename, limits=LIMITS)
    refuse_rows_about_people(table.header, (row.texts for row in table.rows))
    columns = _columns(table.header, titles)
    for name in required:
        if name not in columns:
            raise DomainError(
                f"La colonne «\u202f{titles[name][0]}\u202f» manque. Colonnes lues\u202f: {', '.join(table.header)}.",
                code="missing_column",
            )
    return table


def _columns(header: Iterable[str], titles: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Where each known column is; other columns are left aside."""
    known = {fold(title): name for name, wanted in titles.items() for title in wanted}
    found: dict[str, int] = {}
    for index, title in enumerate(header):
        name = known.get(fold(title))
        if name:
            found.setdefault(name, index)
    return found


def _read_rows(
    table: Table,
    titles: Mapping[str, tuple[str, ...]],
    read: Callable[[Mapping[str, str]], Read],
    key: Callable[[Read], Hashable],
) -> tuple[tuple[Read, ...], tuple[Rejected, ...]]:
    columns = _columns(table.header, titles)
    taken: dict[Hashable, int] = {}
    lines: list[Read] = []
    rejected: list[Rejected] = []
    for row in table.rows:
        try:
            line = read({name: _said(row, index, name) for name, index in columns.items()})
            first = taken.setdefault(key(line), row.line)
            if first != row.line:
                raise DomainError(f"Déjà donné à la ligne {first}.", code="duplicate")
            lines.append(line)
        except DomainError as error:
            rejected.append(Rejected(row.line, " · ".join(text for text in row.texts if text), typeset(error.message)))
    return tuple(lines), tuple(rejected)


def _said(row: Row, index: int, name: str) -> str:
    """The text of a cell. A SIRET kept as a number has lost its leading zeros: one too short is asked about."""
    cell = row.cells[index]
    text = cell.text.strip()
    if name == "siret" and cell.kind is CellKind.NUMBER and len(text) < 14:
        raise DomainError(
            f"{quoted(text)} : le tableur a gardé ce SIRET comme un nombre de {len(text)} chiffres. Quel est-il ? "
            "Mettez la colonne au format Texte, puis écrivez ses 14 chiffres."
        )
    return text


def _list_line(said: Mapping[str, str]) -> ListLine:
    return ListLine(parse_siret(said["siret"]), said.get("label", "")[:200], _integer(said.get("headcount", "")))


def _action_line(said: Mapping[str, str]) -> ActionLine:
    siret, until = said.get("siret", ""), said.get("until", "")
    return checked_action(
        ActionLine(
            _kind(said["kind"]),
            parse_date(said["on"]),
            parse_date(until) if until else None,
            parse_siret(siret) if siret else "",
            _integer(said.get("headcount", "")),
            _integer(said.get("count", "")),
            said.get("label", "")[:200],
            _chosen(Level, said.get("levels", "")),
            said.get("partner", "")[:200],
            next(iter(_chosen(PartnerKind, said.get("partner_kind", ""))), None),
            _chosen(Quality, said.get("qualities", "")),
        )
    )


Choice = TypeVar("Choice", Level, PartnerKind, Quality)


def _chosen(kind: type[Choice], text: str) -> tuple[Choice, ...]:
    """The choices that a cell names, separated by commas, in their own order."""
    wanted = [fold(one) for one in text.replace(";", ",").split(",") if one.strip()]
    known = {key: one for one in kind for key in (fold(one.label), fold(one.value))}
    for one in wanted:
        if one not in known:
            raise DomainError(f"{quoted(text)} : attendu parmi {', '.join(choice.label for choice in kind)}.")
    return tuple(one for one in kind if any(known[said] is one for said in wanted))


def _kind(text: str) -> ActionKind:
    wanted = fold(text)
    for kind in ActionKind:
        if wanted in (fold(kind.label), fold(kind.value)):
            return kind
    raise DomainError(f"{quoted(text)} : nature inconnue. Reprenez un libellé du modèle.")


def _integer(text: str) -> int | None:
    return parse_integer(text) if text else None


def _csv(titles: Mapping[str, tuple[str, ...]], rows: Iterable[list[str | int | None]]) -> str:
    columns = tuple(Column(wanted[0]) for wanted in titles.values())
    return csv_bytes(Sheet("Lignes", columns, rows)).decode("utf-8-sig")
