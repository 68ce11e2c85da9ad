"""What a door does to what it is brought, before anybody reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from tests.support.cast import make_people

from avenant.foundations.doors import door, public_door

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("declare", [door, public_door])
@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", None])
def test_a_nul_is_taken_out_of_what_is_typed(declare: Callable[..., Any], form: str | None) -> None:
    """PostgreSQL refuses it in a text: it came from a copy, or from somebody who tries."""
    read: list[list[str]] = []

    @declare(writes={"POST"})
    def view(request: HttpRequest) -> HttpResponse:
        read.append(request.POST.getlist("reason"))
        return HttpResponse("done")

    typed = {"reason": ["un\0 motif %00", "100 %\0"]}
    factory = RequestFactory()
    request = (
        factory.post("/", "reason=un%00%20motif%20%2500&reason=100%20%25%00", content_type=form)
        if form
        else factory.post("/", typed)
    )
    request.actor = make_people().labour  # type: ignore[attr-defined]
    assert view(request).status_code == 200
    assert read == [["un motif %00", "100 %"]]
