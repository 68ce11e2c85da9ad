"""The session pack: what each story brings to the papers of a committee. Committees know neither contracts nor figures."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Final

from avenant.contracts.commitments import selectors as commitments
from avenant.contracts.commitments.balances import COLUMNS, balances_of
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract
from avenant.domain.french import format_date
from avenant.foundations import clock
from avenant.foundations.documents import selectors as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.journal import selectors as journal
from avenant.foundations.meetings import selectors, services
from avenant.foundations.meetings.models import CommitteeDecision, Pack, Session
from avenant.foundations.meetings.printing import attendance_line
from avenant.foundations.meetings.services import PackSection, PackTable
from avenant.foundations.meetings.services.packs import tell_progress
from avenant.foundations.meetings.services.sessions import ANNEX
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership
from avenant.indicators.consolidation import selectors as consolidation
from avenant.indicators.consolidation.models import Review
from avenant.indicators.consolidation.selectors.review import by_strand, quantitative
from avenant.site import followed

Maker = Callable[[Actor, Session], PackSection]
FIGURE_COLUMNS: Final = ("Ind.", "Définition", "N-1", "N", "Évolution", "Recueil", "Commentaire")


def make_pack(*, pack_id: uuid.UUID) -> None:
    """Assemble the pack in the name of who asked for it: it holds what that person may read, and nothing else."""
    pack = Pack.objects.get(pk=pack_id)
    membership = (
        Membership.objects.select_related("person", "organisation", "unit")
        .filter(person_id=pack.person_id, organisation_id=pack.organisation_id)
        .first()
    )
    if pack.document_id is not None or membership is None:
        return
    actor = Actor.of(membership)
    session = selectors.get_session(actor, pack.session_id)
    sections: list[PackSection] = []
    for maker in MAKERS:
        sections.append(maker(actor, session))
        tell_progress(pack, len(sections), len(MAKERS) + 1)
    services.freeze_pack(pack_id=pack.pk, sections=sections, annexes=annexes_of(actor, session))


def agenda_section(actor: Actor, session: Session) -> PackSection:
    """The agenda with the commitments of each field, then who is expected."""
    counts = followed.counts_of(actor, session, clock.now())
    points = [
        (
            str(rank),
            item.title,
            "\n".join(filter(None, (item.detail, followed.counts_of_point(item, counts)))),
            item.asked_by.short_name if item.asked_by else item.get_source_display(),
        )
        for rank, item in enumerate(selectors.list_agenda(actor, session), start=1)
    ]
    seats = [attendance_line(seat, None) for seat in session.committee.seats.all()]
    return PackSection(
        "Ordre du jour",
        tables=(
            PackTable("", ("N°", "Point", "Précision", "Origine"), points),
            PackTable("Membres", ("Organisme", "Qualité"), [(one["organisation"], one["capacity"]) for one in seats]),
        ),
    )


def figures_section(actor: Actor, session: Session) -> PackSection:
    """One line for each indicator of the contract, last year beside this year; what is missing says so."""
    contract, year = _contract(actor, session), session.reference_year
    title = f"Indicateurs {year}" if year else "Indicateurs"
    if contract is None or year is None:
        return PackSection(title, empty="Cette séance ne consolide pas d’indicateurs.")
    rows = quantitative(actor, Review(contract=contract, year=year, circle_id=contract.circle_id))
    columns = tuple({"N-1": str(year - 1), "N": str(year)}.get(one, one) for one in FIGURE_COLUMNS)
    tables = [
        PackTable(
            " · ".join(one for one in (part["strand"], group["heading"]) if one),
            columns,
            [
                (
                    row["code"],
                    row["label"],
                    row["last_year"] or "non renseigné",
                    row["value"] or "non renseigné",
                    row["evolution"],
                    row["state"],
                    row["comment"],
                )
                for row in group["rows"]
            ],
            figures=(2, 3, 4),
        )
        for part in by_strand(rows)
        for group in part["groups"]
    ]
    return PackSection(title, tables=tables, empty="Le contrat ne promet aucun indicateur pour cette année.")


def commitments_section(actor: Actor, session: Session) -> PackSection:
    """The commitments of the year by party, firm and optional apart, then each with its state and its evidence."""
    contract, year, lines = followed.lines_of(actor, session, clock.now())
    title = f"Engagements {year}"
    if contract is None or session.committee.kind != "follow_up":
        return PackSection(title, empty="Cette séance n’examine pas d’engagements.")
    balances = balances_of(lines, commitments.list_party_years(actor, contract, year))
    counted = [
        PackTable(
            "Engagements fermes" if firm else "Moyens mobilisables",
            ("Partie", *(word.capitalize() for _, word in COLUMNS[firm])),
            [
                (one.name, *(str((one.firm if firm else one.optional)[key]) for key, _ in COLUMNS[firm]))
                for one in balances
                if (one.firm_total if firm else one.optional_total)
            ],
            figures=list(range(1, len(COLUMNS[firm]) + 1)),
        )
        for firm in (True, False)
    ]
    detailed = [
        PackTable(
            one.name,
            ("Engagement", "Nature", "État", "Commentaire", "Preuves"),
            [
                (line.said.clause.heading, line.said.nature, line.state, line.comment, followed.words_of_proofs(line))
                for line in lines
                if line.said.party.pk == one.party.pk
            ],
        )
        for one in balances
    ]
    said = [(one.name, one.comment) for one in balances if one.comment]
    comments = PackTable("Commentaires des parties", ("Partie", "Commentaire"), said)
    return PackSection(title, tables=(*counted, comments, *detailed), empty="Ce contrat n’a pas d’engagement.")


def due_section(actor: Actor, session: Session) -> PackSection:
    """What the file waits for, from whom, until when."""
    rows = [
        (item.label, item.organisation.short_name, format_date(item.due_at.astimezone(session.committee.clock)))
        for item in journal.list_due_in_file(actor, session.circle_id)
        if not item.key.startswith("session:")
    ]
    return PackSection(
        "Échéances du dossier",
        tables=(PackTable("", ("À faire", "Attendu de", "Avant"), rows),),
        empty="Aucune échéance n’est ouverte dans ce dossier.",
    )


def decisions_section(actor: Actor, session: Session) -> PackSection:
    """The decisions of earlier sessions and reviews, and what became of each."""
    committee = [_decision_row(one) for one in selectors.list_former_decisions(actor, session)]
    contract, year = _contract(actor, session), session.reference_year
    review = consolidation.find_review(actor, contract, year) if contract and year else None
    reviewed = (
        [
            (
                f"Bilan {one.review.year}",
                one.text,
                one.owner.short_name if one.owner else "",
                one.get_progress_display(),
                one.outcome,
            )
            for one in consolidation.list_followed_up(actor, review)
            if one.decided_in is None
        ]
        if review
        else []
    )
    columns = ("Origine", "Décision", "Responsable", "État", "Suite donnée")
    return PackSection(
        "Décisions antérieures et leurs suites",
        tables=(
            PackTable("Décisions du comité", columns, committee),
            PackTable("Bilans précédents", columns, reviewed),
        ),
        empty="Aucune décision antérieure n’attend de suite.",
    )


def _decision_row(one: CommitteeDecision) -> tuple[str, str, str, str, str]:
    return (one.session.when, one.text, one.owner.short_name, one.get_progress_display(), one.outcome)


def _contract(actor: Actor, session: Session) -> Contract | None:
    """The contract whose circle the committee belongs to."""
    return contracts.list_contracts(actor).filter(circle_id=session.circle_id).first()


def annexes_of(actor: Actor, session: Session) -> Sequence[Document]:
    """The files joined to the session, in the order they were joined."""
    return list(documents.list_documents(actor, session.pk).filter(kind=ANNEX).order_by("at"))


MAKERS: Final[tuple[Maker, ...]] = (
    agenda_section,
    figures_section,
    commitments_section,
    due_section,
    decisions_section,
)
"""The chapters of a pack, in their order: a story adds its own here."""
