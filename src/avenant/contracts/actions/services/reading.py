"""Files that list establishments, one a line: the lines to take, and a sentence for each of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset
from avenant.foundations.documents.tables import Table


class OfAnEstablishment(Protocol):
    """A line that says of which establishment it is."""

    @property
    def siret(self) -> str: ...


Line = TypeVar("Line", bound=OfAnEstablishment)


@dataclass(slots=True)
class LinesRead(Generic[Line]):
    """What a file gives: the lines to take, and a sentence for each of the others; ``taken`` once they are written."""

    lines: list[Line] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    taken: bool = False


def read_lines(table: Table, places: Mapping[str, int], parse: Callable[[dict[str, str]], Line]) -> LinesRead[Line]:
    """Each establishment once. ``parse`` reads the texts of a line, by column, those that the file has; it raises
    DomainError for a line that cannot be taken. Raises DomainError for a file without lines."""
    found, seen = LinesRead[Line](), set[str]()
    for row in table.rows:
        if not any(text.strip() for text in row.texts):
            continue
        try:
            line = parse({name: row.texts[place].strip() for name, place in places.items()})
            if line.siret in seen:
                raise DomainError(f"le SIRET {line.siret} est déjà dans le fichier.")
        except DomainError as error:
            found.rejected.append(typeset(f"Ligne {row.line} : {error.message}"))
        else:
            seen.add(line.siret)
            found.lines.append(line)
    if not found.lines and not found.rejected:
        raise DomainError("Ce fichier n’a aucune ligne.")
    return found
