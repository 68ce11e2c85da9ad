"""Every address of the platform, as the resolver knows it: a route made tomorrow is swept too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

API = "api:"
"""Namespace of the API: its own description is its table, and tests/guarantees/test_api.py its guarantee."""


@dataclass(frozen=True, slots=True)
class Route:
    """A named address with what its view declares and the arguments it takes."""

    name: str
    view: Any
    arguments: tuple[str, ...]

    def address(self, values: dict[str, Any]) -> str:
        """The address with a value for each argument; one for « route argument » goes before that of the argument."""
        kwargs = {one: values.get(f"{self.name} {one}", values[one]) for one in self.arguments}
        return reverse(self.name, kwargs=kwargs)


def list_routes() -> list[Route]:
    """The routes of the pages, by name."""
    return sorted(_walk(get_resolver(), ""), key=lambda route: route.name)


def _walk(resolver: URLResolver, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            if not inner.startswith(API):
                yield from _walk(entry, inner)
        elif isinstance(entry, URLPattern):
            arguments = tuple(entry.pattern.converters)
            yield Route(f"{namespace}{entry.name}", entry.callback, arguments)
