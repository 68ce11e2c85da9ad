"""The text of a contract enters the platform, and is brought to what its reference says while nobody has changed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import models, transaction
from django.utils.text import slugify

from avenant.contracts.drafting.models import (
    Annex,
    Clause,
    ClauseTag,
    Contract,
    ContractFramework,
    Contribution,
    Provision,
    ServiceLever,
)
from avenant.domain.contracts import ClauseKind, LegalText
from avenant.domain.french import parse_number
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.references import contract_texts as source

EDITING: Final = frozenset(
    {
        "lines",
        "aliases",
        "alias",
        "corrections",
        "person_left_out",
        "note",
        "item",
        "printed_title",
        "printed_label",
        "proposed_days",
    }
)
"""What editors say of a transcription: kept beside the text, outside its hash."""
_OF_THE_ROW: Final = frozenset({"key", "kind", "parent", "number", "heading", "body", "position", "clause"})
_TAGS: Final = frozenset({"purposes", "levels", "frameworks"})
_PROVISIONS: Final = (
    ("amendments", Provision.Kind.AMENDMENT),
    ("terminations", Provision.Kind.TERMINATION),
    ("references", Provision.Kind.REFERENCE),
    ("purposes", Provision.Kind.PURPOSE),
    ("categories", Provision.Kind.CATEGORY),
    ("committees", Provision.Kind.COMMITTEE),
    ("consultations", Provision.Kind.CONSULTATION),
    ("figures", Provision.Kind.FIGURE),
    ("silences", Provision.Kind.SILENCE),
    ("sub_agreements", Provision.Kind.SUB_AGREEMENT),
    ("laboratories", Provision.Kind.LABORATORY),
)


@transaction.atomic
def take_over_text(*, actor: Actor | None, contract: Contract, text: source.ContractText, at: datetime) -> list[str]:
    """Give a contract the text that a reference states; return what changed, empty the second time.

    Correcting a reference corrects the transcription. Nothing is deleted, no version made by an amendment is touched,
    and a text that the parties have changed themselves is theirs: it is left as it is.
    """
    if contract.loaded_sha256 and contract.loaded_sha256 != _fingerprint(contract):
        return []
    fresh = not contract.loaded_sha256
    changes: list[str] = []
    _write_head(contract, text, changes)
    _write_parties(contract, text, changes)
    _bring(Clause, contract, _clauses(text), ("key", "in_force_from"), changes)
    _bring(Annex, contract, _annexes(text), ("key", "in_force_from"), changes)
    _bring(Provision, contract, _provisions(text), ("kind", "key"), changes)
    _bring(ContractFramework, contract, _frameworks(text), ("framework_id",), changes)
    _bring(ClauseTag, contract, _tags(text), ("clause_key", "family", "code"), changes)
    _bring(Contribution, contract, _contributions(contract, text), ("party_id", "clause_key", "text"), changes)
    _bring(ServiceLever, contract, _levers(contract, text), ("organisation_id", "kind", "label"), changes)
    if not changes:
        return []
    contract.loaded_sha256 = _fingerprint(contract)
    contract.save(update_fields=["loaded_sha256"])
    count = contract.clauses.filter(in_force_from=None).count()
    label = f"Texte repris\u202f: {count} clauses" if fresh else "Transcription du texte corrigée d’après sa source"
    record(
        contract.circle_id,
        verb="contract.text_taken_over",
        label=label,
        actor=actor,
        at=at,
        page=contract.page(),
    )
    return [f"+ texte {contract}\u202f: {count} clauses"] if fresh else changes


def _fingerprint(contract: Contract) -> str:
    """The hash of the clauses and annexes that no amendment made."""
    clauses = contract.clauses.filter(in_force_from=None)
    annexes = contract.annexes.filter(in_force_from=None).select_related("document")
    text = LegalText("", (), tuple(one.legal for one in clauses), annexes=tuple(one.legal for one in annexes))
    return text.fingerprint


def _bring(
    model: type[models.Model],
    contract: Contract,
    wanted: Iterable[Mapping[str, Any]],
    keys: tuple[str, ...],
    changes: list[str],
) -> None:
    """Bring the rows of a contract to those wanted, by natural key: missing ones are made, different ones corrected."""
    rows = {
        tuple(getattr(row, key) for key in keys): row
        for row in model._default_manager.filter(contract=contract)  # noqa: SLF001
    }
    made = []
    for values in wanted:
        row = rows.get(tuple(values.get(key) for key in keys))
        if row is None:
            made.append(model(circle_id=contract.circle_id, contract=contract, **values))
            continue
        different = [name for name, value in values.items() if getattr(row, name) != value]
        for name in different:
            setattr(row, name, values[name])
        if different:
            row.save(update_fields=different)
            changes.append(f"~ {model._meta.verbose_name} {row}\u202f: {', '.join(different)}")  # noqa: SLF001
    model._default_manager.bulk_create(made)  # noqa: SLF001
    changes += [f"+ {model._meta.verbose_name} {row}" for row in made]  # noqa: SLF001


def _write(row: models.Model, values: Mapping[str, Any], changes: list[str]) -> None:
    different = [name for name, value in values.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, values[name])
    if different:
        row.save(update_fields=different)
        changes.append(f"~ {row._meta.verbose_name} {row}\u202f: {', '.join(different)}")  # noqa: SLF001


def _write_head(contract: Contract, text: source.ContractText, changes: list[str]) -> None:
    _write(
        contract,
        {
            "printed_title": text.printed_title,
            "generation": text.generation,
            "place": text.signed_at,
            "signed_on": text.signed_on,
            "term_framework_id": text.term.framework or None,
        },
        changes,
    )


def _write_parties(contract: Contract, text: source.ContractText, changes: list[str]) -> None:
    rows = {one.organisation.key: one for one in contract.parties.select_related("organisation")}
    for rank, one in enumerate(text.parties, start=1):
        _write(
            rows[one.organisation],
            {
                "position": rank,
                "printed_name": one.name,
                "printed_short_name": one.short_name,
                "legal_nature": one.legal_nature,
                "seat": one.seat,
                "mission": one.mission,
                "frameworks": list(one.frameworks),
                "units": list(one.units),
                "capacity": one.capacity,
                "signed_on": one.signed_on,
                "signature_note": one.signature_note,
                "signature_to_confirm": one.signature_to_confirm,
                "correspondent": one.correspondent,
                "mailbox": one.mailbox,
            },
            changes,
        )


def _clauses(text: source.ContractText) -> Iterator[dict[str, Any]]:
    for one in text.clauses:
        said = plain(one)
        legal = {**said.pop("sheet", {}), **({} if one.mandatory else {"mandatory": False})}
        yield _clause(
            one.key, ClauseKind(one.kind.value), one.parent, one.position, legal, said,
            number=one.number, heading=one.heading, body=one.body,
        )  # fmt: skip
    # What was read out of a clause stands under it, after the clauses of its own that the text prints.
    for rank, one_ in enumerate(text.commitments, start=1):
        said = plain(one_)
        if one_.due_proposed:
            said["proposed_days"] = said.get("due_days", [])
            said["note"] = " ".join(filter(None, (said.get("note", ""), f"Échéance proposée\u202f: {one_.due_rule}")))
            said = {name: value for name, value in said.items() if not name.startswith("due_")}
        legal = {name: value for name, value in said.items() if name not in {"label", "text"}}
        yield _clause(
            one_.key, ClauseKind.COMMITMENT, one_.clause, 1000 + rank, legal, said, heading=one_.label, body=one_.text
        )
    for rank, table in enumerate(text.tables, start=1):
        said = plain(table)
        legal = {name: value for name, value in said.items() if name != "title"}
        yield _clause(table.key, ClauseKind.TABLE, table.clause, 2000 + rank, legal, said, heading=table.title)


def _clause(
    key: str, kind: ClauseKind, parent: str, position: int, legal: Mapping[str, Any], said: Mapping[str, Any],
    *, number: str = "", heading: str = "", body: str = "",
) -> dict[str, Any]:  # fmt: skip
    apart = EDITING | _OF_THE_ROW | _TAGS
    return {
        "key": key,
        "kind": kind.value,
        "number": number,
        "heading": heading,
        "body": body,
        "parent_key": parent,
        "position": position,
        "details": {name: value for name, value in legal.items() if name not in apart},
        "editing": {name: value for name, value in said.items() if name in EDITING},
        "in_force_from": None,
    }


def _annexes(text: source.ContractText) -> Iterator[dict[str, Any]]:
    for rank, one in enumerate(text.annexes, start=1):
        yield {
            "key": one.key,
            "number": one.number,
            "title": one.title,
            "cited_in": list(one.cited_in),
            "says": one.says,
            "note": one.note,
            "in_text": one.status is source.AnnexStatus.PRESENT,
            "position": rank,
            "in_force_from": None,
        }


def _provisions(text: source.ContractText) -> Iterator[dict[str, Any]]:
    for name, kind in _PROVISIONS:
        for rank, one in enumerate(getattr(text, name), start=1):
            said = plain(one)
            key = said.get("key") or said.get("purpose") or slugify(said["name"])
            clause = said.get("clause", "")
            yield {"kind": kind, "key": key, "clause_key": clause, "position": rank, "content": said}
    for rank, note in enumerate(text.notes, start=1):
        content = {"text": note}
        yield {"kind": Provision.Kind.NOTE, "key": str(rank), "clause_key": "", "position": rank, "content": content}


def _frameworks(text: source.ContractText) -> Iterator[dict[str, Any]]:
    for rank, one in enumerate(text.frameworks, start=1):
        yield {
            "framework_id": one.framework,
            "wording": one.wording,
            "period": one.period_printed,
            "clause_key": one.clause,
            "position": rank,
        }


def _tags(text: source.ContractText) -> Iterator[dict[str, Any]]:
    found = [
        (one.key, family, code)
        for one in text.clauses
        for family, codes in (("purpose", one.purposes), ("level", one.levels), ("framework", one.frameworks))
        for code in codes
    ]
    found += [(one.key, "framework", code) for one in text.commitments for code in one.frameworks]
    for key, family, code in dict.fromkeys(found):
        yield {"clause_key": key, "family": family, "code": code}


def _contributions(contract: Contract, text: source.ContractText) -> Iterator[dict[str, Any]]:
    parties = {one.organisation.key: one.pk for one in contract.parties.select_related("organisation")}
    for one in text.contributions:
        yield {
            "party_id": parties[one.party],
            "clause_key": one.clause,
            "kind": one.kind,
            "text": one.text,
            "quantity": parse_number(one.quantity).quantize(Decimal("0.01")) if one.quantity else None,
            "unit": one.unit,
            "printed": True,
        }


def _levers(contract: Contract, text: source.ContractText) -> Iterator[dict[str, Any]]:
    services = {one.organisation.key: one.organisation_id for one in contract.parties.select_related("organisation")}
    for one in text.accreditations:
        yield {
            "organisation_id": services[one.organisation],
            "kind": ServiceLever.Kind.ACCREDITATION,
            "label": f"Agrément n° {one.number}",
            "starts_on": one.dated,
            "ends_on": one.expires_on,
            "content": {"number": one.number},
        }
    for project in text.service_projects:
        yield {
            "organisation_id": services[project.organisation],
            "kind": ServiceLever.Kind.PROJECT,
            "label": project.title,
            "starts_on": date(project.first_year, 1, 1),
            "ends_on": date(project.last_year, 12, 31),
            "content": plain(project),
        }


def plain(entry: Any) -> dict[str, Any]:
    """A reference entry as JSON, without what it does not say."""
    said: dict[str, Any] = _plain(asdict(entry))
    return said


def _plain(value: Any) -> Any:
    match value:
        case dict():
            kept = {name: _plain(inner) for name, inner in value.items()}
            return {name: inner for name, inner in kept.items() if inner not in ("", None, [], {}, False)}
        case list() | tuple():
            return [_plain(one) for one in value]
        case date():
            return value.isoformat()
        case _:
            return getattr(value, "value", value)
