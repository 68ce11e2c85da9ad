"""Form fields that several stories share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from avenant.domain.decision import DomainError
from avenant.domain.french import format_number, parse_number


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options})


class FrenchDecimalField(forms.CharField):
    """A number typed in French, with at most two decimals: « 12 000,50 »; empty is None, never 0."""

    def __init__(self, **options: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(**{"required": False, "widget": forms.TextInput(attrs=attributes), **options})

    def prepare_value(self, value: Any) -> Any:
        """What was typed stays as it was typed; a stored number is written in French."""
        if isinstance(value, Decimal | int):
            whole = value == int(value)
            return format_number(Decimal(value), decimals=0 if whole else 2)
        return value

    def clean(self, value: Any) -> Decimal | None:
        typed = super().clean(value).strip().removesuffix("€").strip()
        if not typed:
            return None
        try:
            number = parse_number(typed)
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        if number != round(number, 2):
            raise forms.ValidationError("Deux décimales au plus.")
        if abs(number) >= 10**10:
            raise forms.ValidationError("Ce nombre est trop grand.")
        return number


class AmountField(FrenchDecimalField):
    """An amount in euros, negative on a credit note, shown with its cents; empty is None, never 0."""

    def prepare_value(self, value: Any) -> Any:
        """What was typed stays as it was typed; a stored amount is written with its cents, as everywhere."""
        return format_number(Decimal(value), decimals=2) if isinstance(value, Decimal | int) else value


class EurosField(AmountField):
    """An amount in euros, zero or more; empty is None, never 0."""

    def clean(self, value: Any) -> Decimal | None:
        amount = super().clean(value)
        if amount is not None and amount < 0:
            raise forms.ValidationError("Un montant est positif ou nul.")
        return amount
