"""The API of the counted declarations: the same service as the page."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import Router

from avenant.foundations.api import Problem, api_door
from avenant.foundations.doors import ActorRequest
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.profiles import selectors, services
from avenant.indicators.profiles.comparing import compare, not_asked
from avenant.indicators.profiles.reading import SCHEMA
from avenant.indicators.profiles.schemas import CountedOut, DifferenceOut

router = Router(tags=["Déclarations"])
REFUSALS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {key: one for key, one in SCHEMA.items() if key != "$schema"}}},
    }
}


@router.post(
    "/parts/{part_id}/collecte", response={200: CountedOut, **REFUSALS},
    summary="Déposer une déclaration du collecteur", openapi_extra=BODY,
)  # fmt: skip
@api_door(read_only=False)
def bring(request: ActorRequest, part_id: uuid.UUID) -> CountedOut:
    """Verify a declaration written by ``avenant collect protect`` and keep it beside the part."""
    actor = request.actor
    kept = services.import_counted(
        actor=actor, part_id=part_id, name="declaration.json", content=request.body, at=request.now
    )
    part = declarations.get_part(actor, part_id)
    rows = compare(actor, part, kept)
    profile = next((one for one in selectors.profiles_of(actor, part.declaration) if one), None)
    return CountedOut(
        id=kept.pk,
        seal=kept.seal,
        at=kept.at,
        compared=len(rows),
        differences=[
            DifferenceOut(code=one.row.definition.code, typed=one.typed, counted=one.counted)
            for one in rows
            if one.differs
        ],
        older_definitions=list(kept.older),
        not_asked=not_asked(actor, part, kept),
        tables=len(profile.tables.all()) if profile else 0,
    )
