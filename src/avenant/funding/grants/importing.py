"""Past aids taken over from a spreadsheet: each keeps the mark of its file."""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from django.db.models import Q

from avenant.domain.decision import Decision, DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_euros, parse_date, parse_number, quoted, typeset
from avenant.domain.identifiers import parse_siret
from avenant.domain.money import ZERO, cents
from avenant.foundations.imports.kinds import Kind, LineReader, TakenLine, Target, register
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment
from avenant.funding.grants import policies
from avenant.funding.grants.models import Grant
from avenant.funding.grants.services import taking_over
from avenant.funding.grants.services.taking_over import PastGrant, PastLine

FINESS_LENGTH: Final = 9
_NATURES: Final = {
    "clact": Grant.Nature.CLACT, "ami": Grant.Nature.AMI, "aac": Grant.Nature.AMI, "ami aac": Grant.Nature.AMI,
    "pai": Grant.Nature.PAI, "stpe": Grant.Nature.STPE, "subvention tpe": Grant.Nature.STPE,
    "subvention prevention tpe": Grant.Nature.STPE, "contrat de prevention": Grant.Nature.CONTRACT,
}  # fmt: skip


_EXPENSE: Final = (
    Target("category", "Catégorie de dépense", ("Catégorie", "Nature de la dépense")),
    Target("cost", "Coût HT", ("Coût de la dépense", "Montant HT", "Dépense HT"), help="le coût entier, hors taxes"),
    Target("on", "Date de la dépense", ("Date de facture", "Facture du")),
    Target("supplier", "Fournisseur", ("Prestataire",)),
    Target("invoice", "Facture", ("N° de facture", "Numéro de facture"), code=True),
)


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A past aid, read."""

    grant: PastGrant


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """An expense of a past aid, read."""

    number: str
    said: PastLine


class PastGrants(Kind):
    """The aids that an institution granted before the platform."""

    key: ClassVar[str] = "aides"
    label: ClassVar[str] = "Aides accordées"
    lead: ClassVar[str] = (
        "Les aides d’un ancien tableur : montant, versé, consommé, et leur dépense quand elle est connue. Chacune garde la"
        " mention « repris »."
    )
    targets: ClassVar[tuple[Target, ...]] = (
        Target("number", "Numéro", ("N°", "Numéro de convention", "Référence", "referenceDecision"), required=True, code=True),
        Target("name", "Bénéficiaire", ("Établissement", "Structure", "nomBeneficiaire"), required=True),
        Target("establishment", "SIRET ou FINESS", ("SIRET", "FINESS", "idBeneficiaire"), code=True),
        Target("amount", "Montant accordé", ("Montant", "Montant notifié"), required=True),
        Target("decided_on", "Date de décision", ("Décision", "Date de notification", "Date"), required=True),
        Target("title", "Objet", ("Intitulé", "Projet")),
        Target("nature", "Nature du financement", ("Dispositif", "Appel"), help="CLACT, AMI/AAC, PAI, STPE…"),
        Target("source", "Source", ("Enveloppe",)),
        Target("sector", "Secteur"),
        Target("signed_on", "Convention signée le", ("Date de convention", "dateConvention")),
        Target("paid", "Versé", ("Montant versé", "Payé"), help="0 si la case est vide"),
        Target("paid_on", "Dernier versement le", ("Date de versement", "Payé le")),
        Target("consumed", "Consommé", ("Montant consommé",), help="0 si la case est vide"),
        Target("consume_until", "À consommer jusqu’au", ("Échéance", "Fin")),
        Target("shared", "Partagée", help="oui : l’ARS et la caisse de votre territoire la voient"),
        Target("expense", "Dépense", ("Dépense aidée", "Libellé de la dépense"), help="l’objet, si la case est vide"),
        *_EXPENSE,
    )  # fmt: skip

    def may(self, actor: Actor) -> Decision:
        return policies.may_take_over(actor)

    def reader(self, actor: Actor, at: datetime) -> LineReader:
        known = set(
            Grant.objects.visible_to(actor).filter(authority_id=actor.organisation_id).values_list("number", flat=True)
        )

        def read(said: Mapping[str, str]) -> GrantLine:
            number = said["number"].strip()[:40]
            if number in known:
                raise DomainError(typeset(f"L’aide {quoted(number)} est déjà sur la plateforme."))
            amount, paid, consumed = (_euros(said[key]) for key in ("amount", "paid", "consumed"))
            if amount <= 0:
                raise DomainError("Le montant accordé est positif.")
            if paid > amount:
                raise DomainError(
                    f"Le versé ({format_euros(paid)}) dépasse le montant accordé ({format_euros(amount)})."
                )
            decided, signed = parse_date(said["decided_on"]), _day(said["signed_on"])
            if decided > at.date():
                raise DomainError("La date de décision est à venir.")
            place, siret = _place(said["establishment"])
            name = said["name"].strip()
            title = (said["title"].strip() or name)[:256]
            return GrantLine(
                PastGrant(
                    number=number, name=name[:200], siret=siret, establishment=place, title=title,
                    nature=_NATURES.get(fold(said["nature"]), Grant.Nature.OTHER), source=said["source"].strip()[:60],
                    sector=said["sector"].strip()[:120], amount=amount, paid=paid, consumed=consumed, decided_on=decided,
                    signed_on=signed, paid_on=_day(said["paid_on"]), consume_until=_day(said["consume_until"]),
                    shared=fold(said["shared"]) in {"oui", "x", "1"}, expenses=_expenses(said, title),
                )
            )  # fmt: skip

        return read

    def identity(self, line: GrantLine) -> Hashable:
        return line.grant.number

    def say(self, line: GrantLine) -> str:
        one = line.grant
        return f"{one.number}, {one.name} : {format_euros(one.amount)}, dont {format_euros(one.paid)} versés"

    def take(self, actor: Actor, lines: Sequence[tuple[int, Any]], *, mark: str, at: datetime) -> Iterable[TakenLine]:
        for number, line in lines:
            row = taking_over.take_over(actor=actor, past=line.grant, mark=mark, at=at)
            yield TakenLine(number, row.pk, str(row))

    def undo(self, actor: Actor, subjects: Sequence[uuid.UUID], *, at: datetime) -> None:
        taking_over.undo(actor=actor, grant_ids=subjects, at=at)


class PastExpenses(Kind):
    """The expenses of past aids, when an aid paid more than one."""

    key: ClassVar[str] = "depenses-aides"
    label: ClassVar[str] = "Dépenses des aides reprises"
    lead: ClassVar[str] = (
        "Les dépenses de chaque aide reprise, une par ligne : elles se comparent alors à celles des nouveaux dossiers."
    )
    targets: ClassVar[tuple[Target, ...]] = (
        Target("number", "Numéro", ("N°", "Numéro de l’aide", "Numéro de convention", "Référence"), required=True, code=True),
        Target("expense", "Dépense", ("Dépense aidée", "Libellé de la dépense", "Objet"), required=True),
        *_EXPENSE,
    )  # fmt: skip

    def may(self, actor: Actor) -> Decision:
        return policies.may_take_over(actor)

    def reader(self, actor: Actor, at: datetime) -> LineReader:
        rows = Grant.objects.visible_to(actor).filter(authority_id=actor.organisation_id, taken_over=True)
        known = set(rows.values_list("number", flat=True))

        def read(said: Mapping[str, str]) -> ExpenseLine:
            number = said["number"].strip()[:40]
            if number not in known:
                raise DomainError(typeset(f"{quoted(number)} n’est pas une de vos aides reprises."))
            return ExpenseLine(number, _expenses(said, "")[0])

        return read

    def say(self, line: ExpenseLine) -> str:
        cost = format_euros(line.said.cost) if line.said.cost is not None else "coût inconnu"
        return f"{line.number}, {line.said.label} : {cost}"

    def take(self, actor: Actor, lines: Sequence[tuple[int, Any]], *, mark: str, at: datetime) -> Iterable[TakenLine]:
        for number, line in lines:
            row = taking_over.add_expense(actor=actor, number=line.number, said=line.said, mark=mark, at=at)
            yield TakenLine(number, row.pk, str(row))

    def undo(self, actor: Actor, subjects: Sequence[uuid.UUID], *, at: datetime) -> None:
        taking_over.undo_expenses(actor=actor, expense_ids=subjects, at=at)


def _expenses(said: Mapping[str, str], otherwise: str) -> tuple[PastLine, ...]:
    """The expense of a line: named, or told by one of its columns and named by ``otherwise``."""
    label, invoice, supplier = (said[key].strip() for key in ("expense", "invoice", "supplier"))
    cost, on = _euros(said["cost"]) or None, _day(said["on"])
    if not (label or invoice or supplier or cost or on):
        return ()
    return (
        PastLine(
            label=(label or otherwise)[:200], category=said["category"].strip()[:80], cost=cost, on=on,
            supplier=supplier[:120], invoice=invoice[:60],
        ),
    )  # fmt: skip


def _euros(text: str) -> Decimal:
    typed = text.replace("€", "").strip()
    amount = cents(parse_number(typed)) if typed else ZERO
    if amount < 0:
        raise DomainError(typeset(f"{quoted(text)} est négatif : un montant est positif ou nul."))
    return amount


def _day(text: str) -> date | None:
    return parse_date(text) if text.strip() else None


def _place(text: str) -> tuple[Establishment | None, str]:
    """The one line of the directory of a number, and its SIRET; a right SIRET that the directory lacks is kept."""
    typed = "".join(text.split()).upper()
    if not typed:
        return None, ""
    rows = list(Establishment.objects.filter(Q(finess_et=typed) | Q(siret=typed))[:2])
    if len(rows) == 1:
        return rows[0], rows[0].siret
    if len(typed) == FINESS_LENGTH:
        raise DomainError(typeset(f"{quoted(typed)} n'est pas un numéro FINESS de l'annuaire."))
    return None, parse_siret(text)


register(PastGrants())
register(PastExpenses())
