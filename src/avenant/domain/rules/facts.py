"""The facts of a dossier, typed. ``None`` means "nobody said it yet": a rule that needs it answers undetermined.

An empty tuple is a fact: nothing there. Amounts are euros at the cent; instants carry their zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

Scalar = bool | int | Decimal | date | str
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def said(note: str, default: Any = None) -> Any:
    """A field with the sentence that documents it in the schema."""
    if default is NOTHING:
        return field(default_factory=lambda: NOTHING, metadata={"note": note})
    return field(default=default, metadata={"note": note})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A document of the dossier."""

    kind: str = field(metadata={"note": "code de la pièce, du vocabulaire du règlement"})
    on: date | None = said("date de la pièce (mise à jour du DUERP, avis rendu, courrier signé)")
    signed: bool | None = said("signée par une personne compétente, qualité et date lisibles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """One line of the resources of a project's funding plan."""

    payer: str = field(metadata={"note": "financeur, tel que le plan le nomme"})
    nature: str = field(metadata={"note": "requested (demandée à cet appel), public, private, own (fonds propres)"})
    amount: Decimal | None = said("montant en euros")
    granted: bool | None = said("accordée ; faux, encore demandée")
    line: str | None = said("code de la dépense que l’aide finance, quand elle n’en finance qu’une")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """One line of the expenses of a project."""

    code: str = field(metadata={"note": "code de la ligne, unique dans le projet"})
    label: str = said("intitulé", "")
    kind: str | None = said("nature de la dépense, du vocabulaire du règlement")
    excl_tax: Decimal | None = said("montant hors taxes")
    incl_tax: Decimal | None = said("montant toutes taxes comprises")
    parts: Mapping[str, Decimal] = said("ventilation hors taxes, par exemple coût pédagogique", NOTHING)
    quantity: int | None = said("nombre d’unités")
    recurrent: bool | None = said("dépense qui revient chaque année")
    engagement: str | None = said("nature de l’engagement : prestation, mise_a_disposition, cdd, cdi")
    refundable_by: str | None = said("autre prise en charge possible : plan_formation, opco, carsat, aucune")
    funded_elsewhere: bool | None = said("déjà financée hors du plan (CNR, caisse, OPCO…)")
    ordered_on: date | None = said("date de commande ou de début d’exécution")
    paid_on: date | None = said("date d’acquittement")
    deadline: date | None = said("dernier jour propre à cette dépense")
    measures: Mapping[str, Scalar] = said("autres faits de la ligne, déclarés au vocabulaire", NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of the plan."""

    code: str = field(metadata={"note": "code de l’action"})
    indicators: int | None = said("nombre d’indicateurs de suivi")
    risks: int | None = said("nombre de risques identifiés que l’action traite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An establishment of a shared project, its carrier included."""

    siret: str = said("SIRET de l’établissement", "")
    cost_share: Decimal | None = said("part du coût, en pour cent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project of the dossier."""

    code: str = field(metadata={"note": "code du projet, unique dans le dossier"})
    expenses: tuple[Expense, ...] | None = said("dépenses ; absent, pas encore saisies")
    plan: tuple[Aid, ...] | None = said("plan de financement ; absent, pas encore saisi")
    actions: tuple[Action, ...] | None = said("actions ; absent, pas encore saisies")
    partners: tuple[Partner, ...] = said("établissements d’un projet mutualisé", ())
    pieces: tuple[Piece, ...] | None = said("pièces propres au projet")
    requested: Decimal | None = said("aide demandée en euros")
    starts_on: date | None = said("premier jour du projet")
    ends_on: date | None = said("dernier jour du projet")
    strands: tuple[str, ...] | None = said("volets de l’appel")
    in_scope: bool | None = said("dans le périmètre de l’appel")
    measures: Mapping[str, Scalar] = said("autres faits du projet, déclarés au vocabulaire", NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAid:
    """An aid already granted to the beneficiary or to its group."""

    on: date = field(metadata={"note": "date de la décision"})
    amount: Decimal = field(metadata={"note": "montant accordé en euros"})
    holder: str = said("beneficiary (l’établissement) ou group (une autre entité de son groupe)", "beneficiary")
    scheme: str = said("dispositif", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Who asks."""

    status: str | None = said("statut : public, private_profit, private_nonprofit")
    sectors: tuple[str, ...] | None = said("secteurs d’activité autorisés : sanitaire, medico_social")
    category: str | None = said("catégorie d’établissement")
    territory: str | None = said("territoire : code INSEE du département ou de la collectivité")
    measures: Mapping[str, Scalar] = said("autres faits du demandeur, déclarés au vocabulaire", NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one dossier at one moment."""

    applicant: Applicant = said("demandeur", Applicant())
    submitted_at: datetime | None = said("instant du dépôt, avec son fuseau")
    channel: str | None = said("voie du dépôt : platform, email, paper")
    notified_on: date | None = said("date de notification de la décision")
    signed_on: date | None = said("date de signature de la convention")
    dossiers: int | None = said("dossiers de l’établissement pour cet appel, celui-ci compris")
    projects: tuple[Project, ...] | None = said("projets portés ; absent, pas encore saisis")
    pieces: tuple[Piece, ...] | None = said("pièces du dossier ; absent, pas encore recensées")
    earlier_aids: tuple[EarlierAid, ...] | None = said("aides antérieures ; absent, pas encore recensées")
    measures: Mapping[str, Scalar] = said("autres faits du dossier, déclarés au vocabulaire", NOTHING)
