"""What the form says besides the rules: for who examines the dossier, and first for who fills it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from avenant.domain.french import enumerate_in_words, format_date, typeset
from avenant.domain.funding.deciding import Proportion, proportion
from avenant.domain.funding.dialogue import Concertation, concertation_of
from avenant.funding.dossiers.checks import CONTRACT, DIAGNOSIS, PIECES, PROJECT, Standing, section_page
from avenant.funding.dossiers.facts import DEBATE_MINUTES, LINKED, STAFF_OPINION, is_refused
from avenant.funding.dossiers.models import Dialogue, Piece, Project


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to see: a sentence, its article, the page where it is."""

    sentence: str
    article: str
    page: str


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """One of the four existing documents: joined, not available and why, or not yet answered."""

    code: str
    label: str
    piece: Piece | None

    @property
    def answered(self) -> bool:
        """Joined, or declared unavailable with its reason."""
        return self.piece is not None


def linked_documents(standing: Standing) -> list[LinkedDocument]:
    """The four documents with which a CLACT is drawn up, those that the call knows."""
    return [
        LinkedDocument(code, LINKED[code], next((one for one in held if not is_refused(one)), None))
        for code, held in standing.content.linked().items()
    ]


def named_pieces(pieces: Iterable[Piece], labels: Mapping[str, str]) -> list[tuple[str, Piece]]:
    """Each piece with the name that the call gives it."""
    named = ((typeset(labels.get(one.kind, one.kind)), one) for one in pieces)
    return [(f"{label[:1].upper()}{label[1:]}", one) for label, one in named]


@dataclass(frozen=True, slots=True)
class ProjectProportion:
    """A project, its cost excluding tax, and how it measures up to who it serves."""

    project: Project
    cost: Decimal | None
    said: Proportion


def proportions(standing: Standing) -> list[ProjectProportion]:
    """The helpers of the opinion on proportionality (§3.2, 8°); None while a figure lacks."""
    told = []
    for project in standing.content.projects:
        amounts = standing.amounts(project.position)
        cost = amounts.total_excl_tax if amounts else None
        told.append(ProjectProportion(project, cost, proportion(cost, project.agents, standing.dossier.payroll)))
    return told


def remarks_of(standing: Standing) -> list[Remark]:
    """The remarks, in the order of the text of the call."""
    return list(_of_dialogue(standing)) + list(_of_documents(standing)) + list(_of_projects(standing))


def _of_dialogue(standing: Standing) -> Iterator[Remark]:
    dossier, held = standing.dossier, standing.content.dialogue
    diagnosis = section_page(dossier, DIAGNOSIS)
    if not any(one.kind == Dialogue.Kind.NEGOTIATION and one.on for one in held):
        yield Remark(typeset("Aucune réunion de négociation des actions n'est enregistrée."), "§1", diagnosis)
    if DEBATE_MINUTES in standing.book.vocabulary.pieces and not standing.content.pieces_of(DEBATE_MINUTES):
        yield Remark(
            typeset("Le compte rendu du débat sur le diagnostic n'est pas joint."), "§1", section_page(dossier, PIECES)
        )
    contract = getattr(dossier, "local_contract", None)
    if contract is None or not contract.finalised_at:
        words = "Le contrat local n'est pas encore signé par la direction et par les représentants du personnel."
        yield Remark(typeset(words), "§1", section_page(dossier, CONTRACT))


def _of_documents(standing: Standing) -> Iterator[Remark]:
    page = section_page(standing.dossier, PIECES)
    waiting = [one.label for one in linked_documents(standing) if not one.answered]
    if waiting:
        yield Remark(typeset(f"Documents liés sans réponse : {enumerate_in_words(waiting)}."), "§1", page)
    for one in standing.content.pieces_of(STAFF_OPINION):
        if one.opinion in {Piece.Opinion.UNFAVOURABLE, Piece.Opinion.RESERVED}:
            day = f" du {format_date(one.on)}" if one.on else ""
            yield Remark(typeset(f"Avis {one.get_opinion_display()} : {one.get_body_display()}{day}."), "§4", page)


def _of_projects(standing: Standing) -> Iterator[Remark]:
    for project in standing.content.projects:
        page = section_page(standing.dossier, PROJECT, project.position)
        for one in project.partners.all():
            if one.left_on:
                words = f"{one.name} a quitté le projet le {format_date(one.left_on)} : {one.left_reason}"
                yield Remark(typeset(words), "§5.1", page)


def concertation(standing: Standing) -> Concertation | None:
    """Whose staff the concertation of the institutions concerns; None for a call that asks the authority alone."""
    if set(standing.dossier.call.opinions) <= {"ars"}:
        return None
    return concertation_of(standing.dossier.staff)
