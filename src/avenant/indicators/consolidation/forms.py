from __future__ import annotations

from collections.abc import Iterable

from django import forms

from avenant.foundations.parties.models import Organisation
from avenant.indicators.consolidation.models import ReviewItem


class ItemForm(forms.Form):
    """A way to improve or a decision. The owner is a party of the contract."""

    kind = forms.ChoiceField(label="Nature", choices=ReviewItem.Kind.choices)
    text = forms.CharField(label="Proposition ou décision", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    action = forms.CharField(label="Action concernée", max_length=200, required=False)
    finding = forms.CharField(
        label="Constat", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = forms.ModelChoiceField(label="Responsable", queryset=Organisation.objects.none())
    due_on = forms.DateField(label="Échéance", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    progress = forms.ChoiceField(
        label="État", choices=ReviewItem.Progress.choices, initial=ReviewItem.Progress.PROPOSED
    )

    def __init__(self, *args: object, owners: Iterable[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        keys = [owner.pk for owner in owners]
        self.fields["owner"].queryset = Organisation.objects.filter(pk__in=keys)  # type: ignore[attr-defined]


class StrandForm(forms.Form):
    """The qualitative part of one strand."""

    text = forms.CharField(label="Bilan qualitatif", max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))
