"""The essential data of a subsidy as open data: SCDL 2.1.1, and the three months of the decree of 5 May 2017."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from avenant.domain.decision import DomainError
from avenant.domain.identifiers import parse_siret
from avenant.domain.periods import add_months

COLUMNS: Final = (
    "nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire",
    "rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement", "idRAE",
    "notificationUE", "pourcentageSubvention", "dispositifAide",
)  # fmt: skip
LONGEST: Final = 256
_RNA: Final = re.compile(r"W[0-9]{9}")


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """Who receives, and which exact share of the subsidy."""

    name: str
    siret: str = ""
    rna: str = ""
    share: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidy:
    """A subsidy as its agreement tells it. ``amount`` is what was granted, not what was paid."""

    grantor: str
    grantor_siret: str
    signed_on: date
    reference: str
    beneficiaries: tuple[Beneficiary, ...]
    purpose: str
    amount: Decimal
    instalments: int
    first_day: date
    last_day: date


def publish_by(signed_on: date) -> date:
    """The last day to publish: three months after the signature."""
    return add_months(signed_on, 3)


def problems(one: Subsidy) -> list[str]:
    """What keeps a subsidy from being published, one sentence each; nothing when it may be."""
    found = []
    if not _holds(one.grantor_siret):
        found.append("Le SIRET de l’autorité manque ou sa clé est fausse.")
    for who in one.beneficiaries:
        if who.rna and not _RNA.fullmatch(who.rna):
            found.append(f"Le numéro RNA de {who.name} est la lettre W et neuf chiffres.")
        if who.siret and not _holds(who.siret):
            found.append(f"La clé du SIRET de {who.name} est fausse.")
        if not who.siret and not who.rna:
            found.append(f"Il manque le SIRET ou le numéro RNA de {who.name}.")
    if sum(who.share for who in one.beneficiaries) != 1 or any(who.share <= 0 for who in one.beneficiaries):
        found.append("Les parts des bénéficiaires ne font pas le tout.")
    return found


def _holds(siret: str) -> bool:
    try:
        return parse_siret(siret) == siret
    except DomainError:
        return False


def lines(one: Subsidy) -> list[tuple[str, ...]]:
    """One line for each beneficiary, in the order of the columns; the amount is repeated, before it is shared."""
    period = one.first_day.isoformat()
    if one.last_day != one.first_day:
        period += f"/{one.last_day.isoformat()}"
    return [
        (
            one.grantor, one.grantor_siret, one.signed_on.isoformat(), one.reference, who.name, who.siret, who.rna,
            one.purpose[:LONGEST], f"{one.amount:.2f}", "aide en numéraire",
            "échelonné" if one.instalments > 1 else "unique", period, "", "non", _share(who.share), "",
        )
        for who in one.beneficiaries
    ]  # fmt: skip


def _share(share: Fraction) -> str:
    return f"{Decimal(share.numerator) / Decimal(share.denominator):.4f}".rstrip("0").ljust(4, "0")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """The file: UTF-8, commas, a decimal point, quotes where they are needed."""
    return "".join(",".join(_cell(cell) for cell in line) + "\r\n" for line in (COLUMNS, *rows))


def _cell(text: str) -> str:
    clean = " ".join(text.split())
    return '"' + clean.replace('"', '""') + '"' if any(mark in clean for mark in ',"') else clean
