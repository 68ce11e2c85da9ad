"""The committees that the texts of the contracts set up, from ``references/committees.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.foundations.loading import entries
from avenant.foundations.meetings.models import Committee
from avenant.foundations.meetings.services import CommitteeDraft, SeatDraft, set_up_committee
from avenant.references.reading import read

SETTINGS: Final = (
    "minimum", "window_first", "window_last", "levels", "standing", "checklist", "regional", "zone", "basis", "defaults",
    "chair_rule", "quorum",
)  # fmt: skip
LEVELS: Final = {
    "": "Représentant",
    "decision": "Représentant décisionnel",
    "operational": "Représentant opérationnel",
}


def set_up_committees(*, at: datetime) -> Iterator[str]:
    """Set up the committees of each contract that has none yet, and say which. A second time says nothing.

    A committee follows its contract: its years once this is signed, the parties that sit. Run by the owner when
    references are loaded, by the platform each night, and by the builder of the demonstration.
    """
    content = read("committees")
    known = {one.key: one for one in Committee.objects.all()}
    contracts = Contract.objects.exclude(state="ended").prefetch_related("parties__organisation")
    for contract in contracts.order_by("key"):
        for entry in _entries(content, contract):
            key = f"{entry.get('key', entry['kind'].replace('_', '-'))}-{contract.key}"[:100]
            draft = _draft(entry, contract, key)
            if key not in known:
                yield f"+ comité {set_up_committee(actor=None, draft=draft, at=at)}"
            elif changed := _followed(known[key], contract, draft):
                Committee.objects.filter(key=key).update(**changed)
                yield f"~ comité {known[key]}"


def _followed(committee: Committee, contract: Contract, draft: CommitteeDraft) -> dict[str, Any]:
    """What a committee still takes from its contract: its years once there are some, the parties that sit."""
    taken: dict[str, Any] = {"asked": draft.asked}
    if committee.first_year is None:
        taken |= _years(contract)
    return {name: value for name, value in taken.items() if getattr(committee, name) != value}


def _years(contract: Contract) -> dict[str, int | None]:
    """The years in which a committee meets: those of the contract, then one more that consolidates the last."""
    return {
        "first_year": contract.starts_on.year if contract.starts_on else None,
        "last_year": contract.ends_on.year + 1 if contract.ends_on else None,
    }


def _entries(content: Mapping[str, Any], contract: Contract) -> Iterator[dict[str, Any]]:
    own = [one for one in entries(content, "committee") if one["contract"] == contract.key]
    yield from own
    taken = {one["kind"] for one in own}
    for one in entries(content, "model"):
        here = (one["territory"], one["contract_kind"]) == (contract.territory_id, contract.kind)
        if here and one["kind"] not in taken:
            yield one


def _draft(entry: Mapping[str, Any], contract: Contract, key: str) -> CommitteeDraft:
    parties: list[ContractParty] = list(contract.parties.all())
    secretariat = next(
        (one.organisation for one in parties if one.role == entry["secretariat"]), parties[0].organisation
    )
    service = next((one.organisation.short_name for one in parties if one.role == "service"), "")
    return CommitteeDraft(
        key=key,
        kind=Committee.Kind(entry["kind"]),
        name=f"{entry['name']}, {service}" if "territory" in entry else entry["name"],
        short_name=entry.get("short_name", service)[:60],
        circle_id=contract.circle_id,
        file_title=contract.title,
        page_of_file=contract.page(),
        secretariat=secretariat,
        seats=_seats(entry, parties),
        settings={name: entry[name] for name in SETTINGS if name in entry}
        | {**_years(contract), "fictional": contract.fictional},
    )


def _seats(entry: Mapping[str, Any], parties: Iterable[ContractParty]) -> tuple[SeatDraft, ...]:
    """The seats that the text names; else one for each party at each level. Who is no party sits as a guest."""
    if "members" not in entry:
        levels = entry.get("levels") or [""]
        return tuple(SeatDraft(party.organisation, LEVELS[level], level) for party in parties for level in levels)
    by_role = {one.role: one.organisation for one in parties}
    return tuple(
        SeatDraft(by_role.get(one.get("party", "")), one["capacity"], expert="party" not in one)
        for one in entry["members"]
    )
