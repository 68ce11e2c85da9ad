"""Rules of documents: those that the dossier or each of its projects must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from avenant.domain.french import enumerate_in_words, format_date
from avenant.domain.rules.conditions import Answer
from avenant.domain.rules.facts import Piece
from avenant.domain.rules.findings import Effect, Finding, Outcome
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
        wanted = " ou ".join(self._dated(one, sheet) for one in self.one_of)
        if any(answer for answer, _ in answers):
            return [self.found(sheet, Outcome.PASS, "{label} : pièce fournie.")]
        missing = [name for answer, names in answers if answer is None for name in names]
        if held is None:
            missing.append("pieces")
        if sheet.project and self.per == "project" and own is None:
            missing.append("project.pieces")
        if missing:
            return [self.lacking(sheet, tuple(missing))]
        return [self.unmet(sheet, "Il manque {wanted}.", "Joignez {wanted}{how}.", wanted=wanted, how=self._how())]

    def _dated(self, one: Acceptable, sheet: Sheet) -> str:
        day = one.dated_from.read(sheet) if one.dated_from else None
        name = self.names.get(one.piece, one.piece)
        return f"{name} (à jour au {format_date(day)} ou après)" if day else name

    def _how(self) -> str:
        signed = [self.names.get(one.piece, one.piece).partition(" (")[0] for one in self.one_of if one.signed]
        named = f"{enumerate_in_words(signed)} : " if len(signed) < len(self.one_of) else ""
        return f" ({named}signature, qualité et date)" if signed else ""


def _acceptable(table: Table, data: Any) -> Acceptable:
    if not isinstance(data, Mapping) or set(data) - {"piece", "signed", "dated_from"} or "piece" not in data:
        raise table.error("one_of", "une pièce s'écrit { piece = …, signed = true, dated_from = … }.")
    if not isinstance(data.get("signed", False), bool):
        raise table.error("one_of", "« signed » est oui (true) ou non (false).")
    limit = table.named_parameter("one_of", str(data["dated_from"]), (Unit.DATE,)) if "dated_from" in data else None
    return Acceptable(_known_piece(table, "one_of", data["piece"]), data.get("signed", False), limit)


def _known_piece(table: Table, field: str, code: Any) -> str:
    if code not in table.vocabulary.pieces:
        raise table.error(field, f"la pièce « {code} » n'est pas au vocabulaire.")
    return str(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceOrder(Check):
    """A document follows another: the last of its kind is dated on or after the last of the other kind.

    Without one of them the rule has no object: another rule says that a document lacks.
    """

    kind: ClassVar[str] = "piece_order"
    scope: ClassVar[str] = "dossier"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.WARNS, Effect.REFUSES)
    fields: ClassVar[str] = "piece (pièce du dossier) ; follows (pièce du dossier)"

    piece: str
    follows: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            piece=_known_piece(table, "piece", table.text("piece")),
            follows=_known_piece(table, "follows", table.text("follows")),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        held = sheet.facts.pieces
        if held is None:
            return [self.lacking(sheet, ("pieces",))]
        days = {code: [one.on for one in held if one.kind == code] for code in (self.piece, self.follows)}
        if not all(days.values()):
            return [self.found(sheet, Outcome.NOT_APPLICABLE, "{label} : sans objet, une pièce n'est pas jointe.")]
        missing = tuple(f"pieces.{code}.on" for code, dates in days.items() if None in dates)
        if missing:
            return [self.lacking(sheet, missing)]
        later, earlier = (max(day for day in days[code] if day) for code in (self.piece, self.follows))
        values: dict[str, Any] = {
            "piece": self.names[self.piece],
            "later": later,
            "follows": self.names[self.follows],
            "earlier": earlier,
        }
        if later >= earlier:
            words = "{label} : {piece}, du {later}, suit {follows}, du {earlier}."
            return [self.found(sheet, Outcome.PASS, words, **values)]
        words = "{label} : {piece}, du {later}, précède {follows}, du {earlier}."
        return [self.unmet(sheet, words, "Joignez {piece}, du {earlier} au plus tôt.", **values)]
