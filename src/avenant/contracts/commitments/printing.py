"""The balance of a year as a document, from what was frozen or from what is said today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from avenant.contracts.commitments.balances import COLUMNS
from avenant.contracts.commitments.models import Balance
from avenant.contracts.drafting.models import Contract
from avenant.domain.french import format_date
from avenant.foundations.documents.typesetting import Document, typeset


def print_balance(
    contract: Contract, year: int, content: dict[str, Any], balance: Balance | None, *, at: datetime
) -> Document:
    """Typeset the balance (PDF/UA-1). ``content`` is that of ``balance`` when it is frozen, at its own instant."""
    here = (balance.frozen_at if balance else at).astimezone(ZoneInfo(contract.territory.time_zone))
    data = {
        "contract": contract.title,
        "term": contract.term,
        "year": year,
        "mention": "Démonstration, faits fictifs" if contract.fictional else "",
        "state": f"arrêté, version {balance.number}" if balance else "en cours",
        "session": f"{balance.session}, {balance.session.when}" if balance else "",
        "sha256": balance.sha256 if balance else "",
        "firm": _table(content, firm=True),
        "optional": _table(content, firm=False),
        "comments": [{"name": one["name"], "text": one["comment"]} for one in content["parties"] if one["comment"]],
        "unanswered": sum(one["unanswered"] for one in content["parties"]),
        "parties": [one["name"] for one in content["parties"]],
        "lines": [{**one, "proofs": " ; ".join(one["proofs"])} for one in content["lines"]],
    }
    reference = f"ENGAGEMENTS-{contract.pk.hex[:8].upper()}-{year}"
    title = f"Bilan des engagements {year}, {contract.title}, au {format_date(here.date())}"
    return typeset("commitments-balance", data, title=title, reference=reference, at=here)


def _table(content: dict[str, Any], *, firm: bool) -> dict[str, Sequence[Any]]:
    """A row for each party that has some."""
    nature = "firm" if firm else "optional"
    return {
        "columns": [word.capitalize() for _, word in COLUMNS[firm]] + ["Total"],
        "rows": [
            [one["name"], *(str(one[nature][key]) for key, _ in COLUMNS[firm]), str(sum(one[nature].values()))]
            for one in content["parties"]
            if sum(one[nature].values())
        ],
    }
