"""The orders that the lists of the allocation offer, and an empty sum."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, QuerySet, Value

EUROS: DecimalField[Decimal, Decimal] = DecimalField(max_digits=16, decimal_places=2)
NOTHING = Value(Decimal(0), output_field=EUROS)


def in_order(rows: QuerySet[Any], sort: str, sorts: Mapping[str, tuple[str, ...]], default: str) -> QuerySet[Any]:
    """Rows in one of the orders that their list offers, backwards with a « - », in its own otherwise."""
    wanted = sort if sort.lstrip("-") in sorts else default
    order = sorts[wanted.lstrip("-")]
    if wanted.startswith("-"):
        order = tuple(one[1:] if one.startswith("-") else f"-{one}" for one in order)
    return rows.order_by(*order)
