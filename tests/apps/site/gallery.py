"""One page with every component, to test them together and to look at them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines

from avenant.domain.decision import Decision, Finding, Severity

PAGE = Path(__file__).with_name("gallery.html")
CHOICES = [("a", "Premier choix"), ("b", "Second choix")]


class EveryField(forms.Form):
    """Each kind of field, some with help, some without."""

    text = forms.CharField(label="Intitulé", help_text="Une ligne.")
    amount = forms.DecimalField(label="Montant", required=False)
    choice = forms.ChoiceField(label="Nature", choices=CHOICES, required=False)
    radio = forms.ChoiceField(label="Qui signe", choices=CHOICES, widget=forms.RadioSelect)
    several = forms.MultipleChoiceField(
        label="Volets", choices=CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    box = forms.BooleanField(label="Je certifie l’exactitude des données", help_text="Le responsable du service signe.")
    long = forms.CharField(label="Commentaire", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    day = forms.DateField(label="Jour", widget=forms.DateInput(attrs={"type": "date"}), required=False)


def gallery_context(data: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the page shows; ``data`` makes the form a bound one."""
    return {
        "refused": Decision.no("Validation impossible : 1 écart bloquant à régler.", "CPOM, article 6"),
        "stages": [
            {"label": "Ouverte", "status": "done", "note": "15 janvier"},
            {"label": "En contrôle", "status": "now", "note": "DREETS, avant le 12 mars"},
            {"label": "Validée", "status": "next"},
        ],
        "covered": "12 services sur 14, total partiel",
        "values": [Decimal(3), None, Decimal(7), Decimal(5)],
        "findings": [
            Finding(
                "1", Severity.BLOCKING, "Les inaptes avec dispense (402) dépassent le total (398).", "CPOM, article 6"
            ),
            Finding("2", Severity.TO_JUSTIFY, "Trois fois plus qu’en 2024."),
            Finding("3", Severity.INFORMATION, "Même valeur qu’en 2024."),
        ],
        "page": Paginator(range(120), 10).page(4),
        "form": EveryField(data),
        "filters": EveryField(auto_id="filter_%s"),
    }


def show_gallery(request: HttpRequest) -> HttpResponse:
    """The page, for a browser."""
    template = engines["django"].from_string(PAGE.read_text(encoding="utf-8"))
    return HttpResponse(
        template.render(gallery_context({"amount": "x"} if "erreurs" in request.GET else None), request)
    )
