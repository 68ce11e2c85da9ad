"""Rules of documents: those that the dossier or each of its projects must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from avenant.domain.french import enumerate_in_words
from avenant.domain.rules.conditions import Answer
from avenant.domain.rules.facts import Piece
from avenant.domain.rules.findings import Finding, Outcome
from avenant.domain.rules.kinds.base import Check, Rule
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.paths import Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Sheet


@dataclass(frozen=True, slots=True)
class Acceptable:
    """One piece that satisfies a requirement: signed when asked, dated on or after a parameter."""

    piece: str
    signed: bool
    dated_from: Operand | None

    def accepts(self, pieces: tuple[Piece, ...], sheet: Sheet) -> Answer:
        """Does one of these pieces fit; None and what lacks when it cannot be told."""
        missing: list[str] = []
        for piece in (one for one in pieces if one.kind == self.piece):
            limit: date | None = None if self.dated_from is None else self.dated_from.read(sheet)
            gaps = [f"pieces.{self.piece}.signed"] if self.signed and piece.signed is None else []
            if self.dated_from is not None:
                gaps += [f"pieces.{self.piece}.on"] if piece.on is None else []
                gaps += [self.dated_from.name] if limit is None else []
            late = limit is not None and piece.on is not None and piece.on < limit
            if (self.signed and piece.signed is False) or late:
                continue
            if not gaps:
                return True, ()
            missing += gaps
        return (None, tuple(missing)) if missing else (False, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredPiece(Check):
    """A document that the dossier or each project must hold, when the condition holds; one of several may do."""

    kind: ClassVar[str] = "piece"
    fields: ClassVar[str] = "one_of (pièces admises : piece, signed, dated_from) ; per (dossier, project)"

    one_of: tuple[Acceptable, ...]
    per: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        given = table.take("one_of")
        if not isinstance(given, list) or not given:
            raise table.error("one_of", "une liste de pièces est attendue.")
        return cls(
            **common,
            one_of=tuple(_acceptable(table, one) for one in given),
            per=table.one_of("per", ("dossier", "project"), "dossier"),
        )

    @property
    def level(self) -> str:
        return self.per

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        own = sheet.project.facts.pieces if sheet.project else ()
        held = sheet.facts.pieces
        answers = [one.accepts((*(held or ()), *(own or ())), sheet) for one in self.one_of]
        wanted = " ou ".join(self.names.get(one.piece, one.piece) for one in self.one_of)
        if any(answer for answer, _ in answers):
            return [self.found(sheet, Outcome.PASS, "{label} : pièce fournie.")]
        missing = [name for answer, names in answers if answer is None for name in names]
        if held is None:
            missing.append("pieces")
        if sheet.project and self.per == "project" and own is None:
            missing.append("project.pieces")
        if missing:
            return [self.lacking(sheet, tuple(missing))]
        return [
            self.unmet(
                sheet, "{label} : il manque {wanted}.", "Joignez {wanted}{how}.", wanted=wanted, how=self._how(sheet)
            )
        ]

    def _how(self, sheet: Sheet) -> str:
        dated = [one.dated_from.read(sheet) for one in self.one_of if one.dated_from]
        signed = [self.names.get(one.piece, one.piece) for one in self.one_of if one.signed]
        parts = [f"à jour au {day:%d/%m/%Y} ou après" for day in dated if day]
        parts += [f"{enumerate_in_words(signed)} : signature, qualité et date"] if signed else []
        return f" ({' ; '.join(parts)})" if parts else ""


def _acceptable(table: Table, data: Any) -> Acceptable:
    if not isinstance(data, Mapping) or set(data) - {"piece", "signed", "dated_from"} or "piece" not in data:
        raise table.error("one_of", "une pièce s'écrit { piece = …, signed = true, dated_from = … }.")
    if data["piece"] not in table.vocabulary.pieces:
        raise table.error("one_of", f"la pièce « {data['piece']} » n'est pas au vocabulaire.")
    limit = table.named_parameter("one_of", data["dated_from"], (Unit.DATE,)) if "dated_from" in data else None
    return Acceptable(data["piece"], bool(data.get("signed", False)), limit)
