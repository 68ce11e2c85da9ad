"""The text of a funding agreement, from its frozen content and nothing else: what is read on the page is what is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from avenant.domain.french import enumerate_in_words, format_date, format_euros, format_number, typeset
from avenant.domain.rules.parameters import rate_in_words


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the text: its columns, its lines, which columns hold figures."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the text."""

    number: str
    heading: str
    body: str
    tables: tuple[Table, ...] = field(default_factory=tuple)


def articles(content: Mapping[str, Any]) -> list[Article]:
    """The articles of an agreement or of an amendment, in order."""
    told = _amendment(content) if content["kind"] == "amendment" else _agreement(content)
    text = [
        Article(f"Article {rank}", typeset(heading), typeset(body), tables)
        for rank, (heading, body, tables) in enumerate(told, 1)
    ]
    return [*text, *_annex(content)]


_Told = tuple[str, str, tuple[Table, ...]]


def _agreement(content: Mapping[str, Any]) -> list[_Told]:
    told = [_purpose(content), _actions(content), *_socle(content), _amount(content), _instalments(content)]
    told += [
        *_loan(content),
        _consumption(content),
        _indicators(content),
        _reports(content),
        _recovery(content),
        _changes(),
    ]
    return told


def _purpose(content: Mapping[str, Any]) -> _Told:
    basis = enumerate_in_words(list(content["legal"])) if content["legal"] else ""
    body = (
        f"La présente convention fixe les conditions dans lesquelles l'autorité, {content['authority']}, apporte son "
        f"concours à l'établissement, {content['beneficiary']}, retenu au titre de l'appel « {content['call']} » par décision du "
        f"{_day(content['decided_on'])} (dossier {content['grant']})."
    )
    return "Objet", f"{body} Elle est prise en application de : {basis}." if basis else body, ()


def _actions(content: Mapping[str, Any]) -> _Told:
    rows = tuple(
        (str(rank), one["title"], one["project"], _day(one["due_on"]) if one["due_on"] else "à fixer")
        for rank, one in enumerate(content["actions"], 1)
    )
    return (
        "Actions concernées",
        "L'établissement s'engage à réaliser les actions suivantes, décrites dans son dossier. Une action abandonnée est "
        "signalée sans délai : elle peut donner lieu à récupération, et compte dans l'examen d'une demande ultérieure.",
        (Table(("N°", "Action", "Projet", "À réaliser avant le"), rows),),
    )


def _socle(content: Mapping[str, Any]) -> list[_Told]:
    socle = content.get("socle")
    if not socle:
        return []
    rows = tuple((one["label"], enumerate_in_words(list(one["purposes"]))) for one in socle["practices"])
    body = f"L'établissement met en œuvre le socle minimum de bonnes pratiques de prévention joint : {socle['name']}."
    return [("Socle minimum de bonnes pratiques", body, (Table(("Bonne pratique", "Finalité"), rows),))]


def _amount(content: Mapping[str, Any]) -> _Told:
    body = f"Le montant accordé est de {_euros(content['amount'])}"
    if content["base"]:
        body += f", pour un coût éligible de {_euros(content['base'])} hors taxes"
    body += f", sur {content['source']}." if content["source"] else "."
    if content["conditions"]:
        body += f"\n\nConditions posées par la décision : {content['conditions']}"
    rows = tuple((one["payer"], _euros(one["amount"]), one["standing"]) for one in content["cofunding"])
    tables = (Table(("Autre ressource", "Montant", "État"), rows, frozenset({1})),) if rows else ()
    return "Montant accordé", body, tables


def _instalments(content: Mapping[str, Any]) -> _Told:
    rows = tuple(
        (str(one["number"]), _euros(one["amount"]), one["after"], enumerate_in_words(one["needs"]) if one["needs"] else "–")
        for one in content["instalments"]
    )  # fmt: skip
    body = (
        "L'aide est versée comme suit, sous réserve de l'acceptation des documents indiqués. "
        f"Les crédits qui ne sont pas versés le {_day(content['lapses_on'])} au plus tard sont caducs."
    )
    return "Versements", body, (Table(("N°", "Montant", "Déclencheur", "Documents à accepter"), rows, frozenset({1})),)


def _loan(content: Mapping[str, Any]) -> list[_Told]:
    loan = content.get("loan")
    if not loan:
        return []
    body = (
        f"Le versement {loan['number']}, de {_euros(loan['amount'])}, est une avance remboursable : il est prêté sans intérêt "
        f"(taux de 0 %) et remboursé en {loan['over']} mois"
        + (f", après un différé de {loan['deferred']} mois" if loan["deferred"] else "")
        + ", selon le plan de remboursement en annexe. Les dates courent du jour du versement. L'établissement peut rembourser "
        "par avance, en tout ou partie. Un remboursement s'impute sur l'échéance la plus ancienne. Le plan ne change que par une "
        "décision motivée. La part de l'avance qui n'est pas employée conformément à la convention est récupérée sans attendre "
        "son échéance, et n'est plus demandée par le plan."
    )
    return [("Avance remboursable", body, ())]


def _annex(content: Mapping[str, Any]) -> list[Article]:
    """The schedule of what is lent, when something is."""
    loan = content.get("loan")
    if not loan:
        return []
    rows = [(str(one["number"]), f"{one['months']} mois", _euros(one["amount"])) for one in loan["repayments"]]
    table = Table(
        ("Échéance", "Après le versement", "Montant"), (*rows, ("Total", "", _euros(loan["amount"]))), frozenset({2})
    )
    body = "Les montants sont en euros, au centime ; la dernière échéance porte le reste de la division."
    return [Article("Annexe", "Plan de remboursement", typeset(body), (table,))]


def _consumption(content: Mapping[str, Any]) -> _Told:
    until = content["consume_until"]
    body = (
        f"L'aide est consommée au plus tard le {_day(until)}, au vu des dépenses acquittées par l'établissement à cette date."
        if until
        else "Le règlement de l'appel ne fixe pas de dernier jour de consommation."
    )
    return "Consommation de l'aide", body, ()


def _indicators(content: Mapping[str, Any]) -> _Told:
    follow = tuple((one["action"], one["label"], one["unit"] or "–") for one in content["follow_up"])
    results = tuple(
        (one["label"], _number(one["baseline"]), _number(one["target"]), one["unit"] or "–")
        for one in content["results"]
    )
    return (
        "Indicateurs de suivi et de résultats",
        "Les actions sont suivies chaque année par les indicateurs de suivi, et jugées à leur terme sur les indicateurs de "
        "résultats.",
        (
            Table(("Action", "Indicateur de suivi", "Unité"), follow),
            Table(("Indicateur de résultats", "Départ", "Cible", "Unité"), results, frozenset({1, 2})),
        ),
    )


def _reports(content: Mapping[str, Any]) -> _Told:
    documents = enumerate_in_words(list(content["documents"])) if content["documents"] else "un bilan"
    day = content["report_day"]
    when = f"le {format_date(date(2023, *day)).rsplit(' ', 1)[0]} de chaque année" if day else "chaque année"
    body = f"L'établissement tient l'autorité informée de l'avancement. Il remet, au plus tard {when} : {documents}."
    if content["closing_months"]:
        body += f" Le bilan final et l'évaluation de l'impact sont remis dans les {content['closing_months']} mois qui suivent."
    return "Suivi et évaluation", body, ()


def _recovery(content: Mapping[str, Any]) -> _Told:
    ways = {
        "A": "l'aide versée et non consommée conformément à la convention est récupérée",
        "B": "l'aide due est la part accordée des dépenses conformes, dans la limite du montant accordé ; ce qui a été "
        "versé au-delà est récupéré",
    }
    body = (
        f"En cas de sous-consommation ou d'emploi non conforme, {ways[content['method']]}, après un échange contradictoire. "
        "Les versements à venir sont réduits d'abord."
    )
    penalty = Fraction(content.get("penalty", "0"))
    if penalty:
        body += (
            f" Un manquement à la convention y ajoute une pénalité de {rate_in_words(penalty)} de la somme récupérée."
        )
    return "Récupération", body, ()


def _changes() -> _Told:
    return "Modification", "Le montant et la durée se modifient par avenant signé des mêmes parties.", ()


_LENT = (
    " Le plan de remboursement de l'avance suit le montant qui en est versé, par les modalités de la convention ; il ne change "
    "pas pour ce qui est déjà versé."
)


def _amendment(content: Mapping[str, Any]) -> list[_Told]:
    told: list[_Told] = [
        (
            "Objet",
            f"Le présent avenant modifie la convention {content['reference']} signée le {_day(content['signed_on'])} entre "
            f"l'autorité, {content['authority']}, et l'établissement, {content['beneficiary']}. Motif : {content['reason']}",
            (),
        )
    ]
    if content["amount"]:
        told.append(
            (
                "Montant accordé",
                f"Le montant accordé, de {_euros(content['amount_before'])}, est "
                f"{_moved(back=Decimal(content['amount']) < Decimal(content['amount_before']))} à {_euros(content['amount'])}."
                + (_LENT if content.get("lent") else ""),
                (),
            )
        )
    if content["consume_until"]:
        before = f", fixé au {_day(content['until_before'])}," if content["until_before"] else ""
        told.append(
            (
                "Consommation de l'aide",
                f"Le dernier jour de consommation{before} est "
                f"{_moved(back=content['consume_until'] < (content['until_before'] or ''))} au {_day(content['consume_until'])}.",
                (),
            )
        )
    told.append(("Autres clauses", "Les autres clauses de la convention sont inchangées.", ()))
    return told


def _moved(*, back: bool) -> str:
    return "ramené" if back else "porté"


def _euros(amount: str | None) -> str:
    return format_euros(Decimal(amount)) if amount is not None else "–"


def _day(written: str) -> str:
    return format_date(date.fromisoformat(written))


def _number(value: str | None) -> str:
    return format_number(Decimal(value)) if value is not None else "–"
