"""Models to download: the application form of a call as a workbook, the letter that promises the risk document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from avenant.domain.french import typeset
from avenant.foundations.documents.spreadsheets import Column, Sheet, workbook_bytes
from avenant.foundations.documents.typesetting import typeset as print_document
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.facts import FORM, FUNDING_PLAN
from avenant.funding.dossiers.models import Dossier, FundingLine, HrIndicator

DERIVED = "Modèle dérivé des paragraphes 1 à 5 du cahier des charges : l'annexe officielle n'est pas jointe au texte."
_FIELDS = (
    ("Établissement", "Nom de l'établissement", "§3.1"),
    ("Établissement", "Numéro FINESS ou SIRET", "§3.1"),
    ("Établissement", "Statut (public, privé non lucratif, privé lucratif) et catégorie", "§3.1"),
    ("Établissement", "Nombre d'agents et masse salariale annuelle", "§3.2, 2°"),
    ("Établissement", "Interlocuteur, par sa fonction, et son adresse", "§4"),
    ("Établissement", "Démarche d'amélioration des conditions de travail", "§4"),
    (
        "Établissement",
        "Complémentarité avec les crédits d'investissement courant : montants reçus, années, objets",
        "§3.2, 6°",
    ),
    ("Établissement", "Respect des conventions des précédents CLACT", "§5.1"),
    ("Diagnostic", "Instance, date et compte rendu du débat sur le diagnostic", "§1"),
    ("Diagnostic", "Réunions de négociation des actions : dates, participants, résultat", "§1"),
    ("Projet", "Intitulé, et ce que le projet change", "§2"),
    ("Projet", "Volets et thèmes", "§2.2"),
    ("Projet", "Début et fin", "§3.2, 8°"),
    ("Projet", "Agents et personnels concernés", "§3.1"),
    ("Projet", "Établissements qui partagent le projet : agents, parts du coût", "§5.1"),
)


def form_model(call: PublishedCall, *, at: datetime) -> bytes:
    """The workbook to fill in: fields with their article, then the tables of the form, then the pieces to join."""
    fill = Column("Votre réponse", width=70, editable=True)
    fields = [(typeset(section), typeset(label), article, "") for section, label, article in _FIELDS]
    official = [one for one in call.content.get("documents", []) if one["state"] != "missing"]
    head = "" if official else DERIVED
    sheets = [
        Sheet("À lire", (Column("Modèle de dossier", width=110),), [[str(call)], [typeset(head)], [_use(call)]]),
        Sheet("Dossier", (Column("Section", width=18), Column("Champ", width=60), Column("Article", width=12), fill), fields),
        _table("Indicateurs RH", ["Indicateur", *(str(call.year - back) for back in (3, 2, 1)), "Formule"],
               [label for _, label in HrIndicator.Kind.choices]),
        _table("Objectifs", ["Objectif", "Unité", "Départ", "Cible", "Échéance"]),
        _table("Actions", ["Action", "Risques traités", "Début", "Fin", "Pilote", "Indicateur de suivi", "Départ", "Cible"]),
        _table("Dépenses", ["Dépense", "Nature", "Montant HT", "Montant TTC", "TVA", "Nature de l'engagement"],
               choices={"Nature": tuple(typeset(one) for one in _vocabulary(call, "expenses"))}),
        _table("Plan de financement", ["Financeur", "Nature", "Montant", "Accordé ou demandé"],
               choices={"Nature": tuple(str(one) for one in FundingLine.Nature.labels)}),
        Sheet("Pièces à joindre", (Column("Pièce", width=90),), [[one] for one in _pieces(call)]),
    ]  # fmt: skip
    return workbook_bytes(sheets, title=f"Modèle de dossier, {call}", at=at)


def _use(call: PublishedCall) -> str:
    if call.form_upload:
        return typeset("Rempli, il se joint comme dossier de candidature ; montants et actions se saisissent en ligne.")
    return typeset("Ce classeur prépare la saisie : le dossier se remplit et se dépose en ligne.")


def _vocabulary(call: PublishedCall, part: str) -> list[str]:
    return list(call.rules.get("vocabulary", {}).get(part, {}).values())


def _pieces(call: PublishedCall) -> Iterator[str]:
    named = call.rules.get("vocabulary", {}).get("pieces", {})
    yield from (typeset(label) for code, label in named.items() if code not in {FORM, FUNDING_PLAN})


def _table(
    name: str, titles: Sequence[str], first: Sequence[str] = (), choices: dict[str, tuple[str, ...]] | None = None
) -> Sheet:
    columns = tuple(
        Column(typeset(one), width=26, editable=True, choices=(choices or {}).get(one, ())) for one in titles
    )
    lines = [[label, *[""] * (len(titles) - 1)] for label in first] or [[""] * len(titles) for _ in range(12)]
    return Sheet(name, columns, lines)


def risk_letter(dossier: Dossier, *, at: datetime) -> bytes:
    """The letter that promises to bring the risk document up to date, to print, sign and join (§4, note 1)."""
    data: dict[str, object] = {
        "institutions": [dossier.name],
        "to": dossier.call.owner.name,
        "call": str(dossier.call),
        "establishment": dossier.name,
        "finess": dossier.establishment.finess_et or "",
    }
    if dossier.call.fictional:
        data["mention"] = "Démonstration, faits fictifs"
    return print_document(
        "risk-letter", data, title="Lettre d’engagement de mise à jour du DUERP",
        reference=dossier.call.key.upper(), at=at.astimezone(ZoneInfo(dossier.call.zone)),
    ).pdf  # fmt: skip
