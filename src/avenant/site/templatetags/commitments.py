"""The commitments of a file beside the points of a session: ``{% load commitments %}{% point_counts session as counts %}``."""

from __future__ import annotations

from django import template
from django.template.context import Context

from avenant.foundations.meetings.models import AgendaItem, Report, Session
from avenant.site import followed

register = template.Library()


@register.simple_tag(takes_context=True)
def point_counts(context: Context, session: Session) -> dict[str, str]:
    """What the commitments of each article are, by the name of the article in small letters; empty outside a contract."""
    return followed.counts_of(context["actor"], session, context["now"])


@register.simple_tag(takes_context=True)
def register_of_difficulties(context: Context, report: Report) -> list[str]:
    """The difficulties of the contract's register that go with a yearly report."""
    return followed.difficulties_of(context["actor"], report)


@register.filter
def counted(item: AgendaItem, counts: dict[str, str]) -> str:
    """``{{ item|counted:counts }}``: the counts of the article on which a standing point rests."""
    return followed.counts_of_point(item, counts)
