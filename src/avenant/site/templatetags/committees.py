"""Committees on the pages of their file: ``{% load committees %}{% next_session contract.circle_id %}``."""

from __future__ import annotations

import uuid
from typing import Any

from django import template
from django.template.context import Context

from avenant.foundations.meetings import selectors

register = template.Library()


@register.inclusion_tag("components/next_session.html", takes_context=True)
def next_session(context: Context, circle_id: uuid.UUID) -> dict[str, Any]:
    """The session that a file waits for, and its committees. Three queries."""
    actor, now = context["actor"], context["now"]
    return {
        "session": selectors.find_next_session(actor, circle_id, now),
        "committees": selectors.list_committees(actor).filter(circle_id=circle_id).prefetch_related(None),
    }
