"""The letters of a recovery, and the statement of consumption, typeset."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from avenant.domain.french import format_date, format_euros
from avenant.domain.french import typeset as french
from avenant.domain.funding.recovery import ARTICLE, Claim, Way
from avenant.domain.funding.statements import StatementRow
from avenant.domain.money import ZERO
from avenant.foundations.documents.typesetting import ARCHIVED, Document, typeset
from avenant.funding.reports.models import GrantReport, Recovery, RecoveryEntry, RecoveryLetter
from avenant.funding.reports.reading import Standing

Kind = RecoveryLetter.Kind
TITLES: Final = {
    Kind.NOTICE: "Projet de récupération de crédits",
    Kind.DECISION: "Décision de récupération de crédits",
    Kind.OFFSET: "Imputation sur une notification de crédits",
    Kind.ORDER: "Mise en recouvrement",
    Kind.FORGIVEN: "Remise gracieuse",
    Kind.CLOSURE: "Clôture d’une récupération",
}
CODES: Final = {
    Kind.NOTICE: "PROJET", Kind.DECISION: "DECISION", Kind.OFFSET: "IMPUTATION", Kind.ORDER: "TITRE",
    Kind.FORGIVEN: "REMISE",
    Kind.CLOSURE: "CLOTURE",
}  # fmt: skip
"""How the reference of each letter ends."""
STATEMENTS: Final = {
    GrantReport.Kind.YEARLY: "BILAN", GrantReport.Kind.CLOSING: "BILAN-FINAL", GrantReport.Kind.CLAIM: "REMBOURSEMENT",
}  # fmt: skip
MENTION: Final = "Démonstration, faits fictifs"


def print_letter(
    recovery: Recovery, kind: RecoveryLetter.Kind, entry: RecoveryEntry | None = None, *, at: datetime
) -> Document:
    """The letter of one step of a recovery (PDF/UA-1 and A-3a: it is kept). ``at`` is on the clocks of the call."""
    grant, settled = recovery.grant, recovery.settlement
    paragraphs, facts = _said(recovery, kind, entry)
    data: dict[str, Any] = {
        "institutions": [grant.authority.name],
        "to": grant.beneficiary.name if grant.beneficiary else grant.name,
        "place": getattr(grant.establishment, "commune", "") or "",
        "on": format_date(at),
        "subject": french(f"Aide {grant.number}, {grant.title}"),
        "paragraphs": [french(one) for one in paragraphs],
        "facts": [[label, value] for label, value in facts],
        "causes": list(recovery.causes) if kind in {Kind.NOTICE, Kind.DECISION} else [],
        "reasons": list(settled.content.get("reasons", [])) if kind is Kind.NOTICE else [],
        "signature": "Pour la direction de l’autorité",
        "mention": MENTION if grant.fictional else "",
    }
    reference = f"{recovery.number}-{CODES[kind]}{f'-{entry.on:%Y%m%d}' if entry else ''}"
    return typeset("recovery-letter", data, title=TITLES[kind], reference=reference, at=at, standards=ARCHIVED)


Said = tuple[list[str], list[tuple[str, str]]]


def _said(recovery: Recovery, kind: RecoveryLetter.Kind, entry: RecoveryEntry | None) -> Said:
    settled, claim = recovery.settlement, recovery.claim()
    asked = [("Montant de la récupération", format_euros(claim.amount))]
    match kind:
        case Kind.NOTICE:
            by = format_date(recovery.answer_by) if recovery.answer_by else ""
            return [
                "L'examen des états récapitulatifs que vous avez remis fait apparaître une sous-consommation ou une "
                f"consommation non conforme des crédits. En application du cahier des charges ({ARTICLE}), une "
                "récupération est envisagée, calculée ci-dessous.",
                f"Vous pouvez présenter vos observations, et les pièces utiles, jusqu'au {by} inclus, sur la page de la "
                "récupération. Aucune décision n'est prise avant votre réponse ou la fin de ce délai.",
            ], [*((one.label, format_euros(one.amount)) for one in settled.steps),
                ("Montant envisagé", format_euros(recovery.amount))]  # fmt: skip
        case Kind.DECISION:
            told = (
                "Vos observations ont été examinées." if recovery.observations
                else "Vous n'avez pas présenté d'observations dans le délai."
            )  # fmt: skip
            return [
                f"{told} La récupération est décidée pour le motif suivant : {recovery.reason}",
                "Elle est imputée sur la prochaine notification de crédits ; à défaut, ou pour le reste, un titre de "
                "recette est émis.",
                "Cette décision peut être contestée devant le tribunal administratif dans les deux mois de sa "
                "notification.",
            ], [("Montant constaté", format_euros(recovery.amount)), *asked]
        case Kind.OFFSET if entry:
            net = (entry.notified or entry.amount) - entry.amount
            return [
                f"La récupération est imputée, le {format_date(entry.on)}, sur la notification de crédits "
                f"« {entry.reference} »."
            ], [
                *asked, ("Crédits notifiés", format_euros(entry.notified or entry.amount)),
                ("Imputé", format_euros(entry.amount)), ("Net notifié", format_euros(net)),
                ("Reste à récupérer", format_euros(claim.left)),
            ]  # fmt: skip
        case Kind.ORDER if entry:
            return [
                f"Un titre de recette, {entry.reference}, est émis le {format_date(entry.on)}. Son règlement est à "
                "adresser au comptable qui y est désigné."
            ], [
                *asked,
                ("Montant du titre", format_euros(entry.amount)),
                ("Reste à récupérer", format_euros(claim.left)),
            ]
        case Kind.FORGIVEN if entry:
            return [
                f"Par décision {entry.reference} du {format_date(entry.on)}, une part de la récupération vous est remise : "
                f"elle ne vous est plus demandée. Motif : {entry.reason}"
            ], [*asked, ("Remis", format_euros(entry.amount)), ("Reste à récupérer", format_euros(claim.left))]
        case _:
            back = [("Imputé sur notification", claim.offset), ("Encaissé", claim.paid)]
            gone = [
                (label, sum((one.amount for one in recovery.entries.all() if one.way == way), ZERO))
                for label, way in (("Remis", Way.FORGIVEN), ("Admis en non-valeur", Way.LOST))
            ]
            sums = [(label, format_euros(amount)) for label, amount in [*back, *(one for one in gone if one[1])]]
            return [_closed(claim)], [*asked, *sums, ("Reste à récupérer", format_euros(claim.left))]


def _closed(claim: Claim) -> str:
    if not claim.given_up:
        return "Les crédits ont été récupérés en totalité. La récupération est soldée."
    back = claim.offset + claim.paid
    return f"{format_euros(back)} ont été récupérés ; le reste est remis ou admis en non-valeur. La récupération est soldée."


def print_statement(standing: Standing, *, at: datetime) -> Document:
    """The report of a year and its statement of consumption (PDF/UA-1)."""
    report, grant, text = standing.report, standing.report.grant, standing.text
    rows, total = standing.statement
    data: dict[str, Any] = {
        "institutions": [grant.name],
        "subject": french(f"Aide {grant.number}, {grant.title}"),
        "base": standing.follow_up.base,
        "claim": report.is_claim,
        "now": standing.told_now,
        "story": text.story if text else "",
        "facts": [
            ["Période", french(f"du {format_date(report.starts_on)} au {format_date(report.ends_on)}")],
            *([] if report.is_claim else [["À remettre au plus tard le", format_date(report.due_on)]]),
            ["Aide", format_euros(grant.amount)],
            ["Montants", standing.follow_up.base],
        ],
        "rows": [_cells(one) for one in (*rows, total)],
        "expenses": [
            [one.code, one.label, f"{one.supplier}, {one.invoice}", format_date(one.paid_on),
             format_euros(standing.counts(one)), one.evidence.code if one.evidence else "", one.verdict_label]
            for one in standing.expenses
        ],
        "mention": MENTION if grant.fictional else "",
    }  # fmt: skip
    reference = f"{grant.number}-{STATEMENTS[GrantReport.Kind(report.kind)]}-{report.rank or report.year}"
    here = at.astimezone(ZoneInfo(standing.follow_up.zone))
    return typeset("grant-statement", data, title=f"{report}, état récapitulatif", reference=reference, at=here)


def _cells(one: StatementRow) -> list[str]:
    amounts = (one.eligible, one.grant, one.paid, one.in_year, one.to_date, one.remaining)
    return [one.label, *(format_euros(amount) for amount in amounts), ", ".join(one.evidence)]
