"""Who else reads a file, on its page."""

from __future__ import annotations

import uuid
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from avenant.foundations.secrecy import selectors

register = template.Library()


@register.inclusion_tag("secrecy/banner.html", takes_context=True)
def secrecy_banner(context: Context, circle_id: uuid.UUID) -> dict[str, Any]:
    """``{% secrecy_banner contract.circle_id %}``: the level of the file, and the audits that run on it."""
    request = context["request"]
    audits = selectors.list_running_audits(request.actor, circle_id, on=timezone.localdate(request.now))
    return {"circle_id": circle_id, "audits": audits}
