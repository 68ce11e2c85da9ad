"""Who else reads a file, on its page; the way back from its confidentiality to itself."""

from __future__ import annotations

import uuid
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone

from avenant.contracts.drafting import selectors as contracts
from avenant.foundations.secrecy import selectors

register = template.Library()


@register.inclusion_tag("secrecy/banner.html", takes_context=True)
def secrecy_banner(context: Context, circle_id: uuid.UUID) -> dict[str, Any]:
    """``{% secrecy_banner contract.circle_id %}``: the level of the file, and the audits that run on it."""
    request = context["request"]
    audits = selectors.list_running_audits(request.actor, circle_id, on=timezone.localdate(request.now))
    return {"circle_id": circle_id, "audits": audits}


@register.inclusion_tag("components/trail.html", takes_context=True)
def file_trail(context: Context, circle_id: uuid.UUID, here: str) -> dict[str, Any]:
    """``{% file_trail entry.circle_id "Confidentialité" %}``: the contract of a file, then the page itself."""
    contract = contracts.list_contracts(context["request"].actor).filter(circle_id=circle_id).first()
    way = [(str(contract), contract.page())] if contract else []
    return {"links": [("Contrats", reverse("drafting:contracts")), *way], "here": here}
