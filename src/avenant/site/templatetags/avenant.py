"""French in the pages: numbers, dates and states as a person reads them."""

from django import template

register = template.Library()
