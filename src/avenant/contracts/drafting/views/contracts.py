from __future__ import annotations

import uuid
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render

from avenant.contracts.drafting import selectors
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal import selectors as journal


@door(reads={"GET"})
def contracts(request: ActorRequest) -> HttpResponse:
    """The contracts to which my organisation is a party."""
    wanted = request.GET.get("q", "").strip()
    rows = selectors.list_contracts(request.actor)
    if wanted:
        rows = rows.filter(title__icontains=wanted)
    return render(request, "drafting/contracts.html", {"contracts": rows, "q": wanted})


@door(reads={"GET"})
def contract(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """One contract: parties, promised indicators, what is due, what happened."""
    row = selectors.get_contract(request.actor, contract_id)
    promises = selectors.list_promises(request.actor, row)
    return render(
        request,
        "drafting/contract.html",
        {
            "contract": row,
            "strands": [
                (strand, list(items)) for strand, items in groupby(promises, lambda one: one.definition.strand)
            ],
            "count": len(promises),
            "due": journal.list_due_in_file(request.actor, row.circle_id),
            "events": journal.list_events(request.actor, row.circle_id)[:30],
        },
    )
