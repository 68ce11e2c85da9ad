from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from avenant.foundations.documents.services import MAX_BYTES
from avenant.foundations.fields import DayField, EurosField, FrenchDecimalField
from avenant.funding.grants.models import Agreement, AgreementSignature, Grant, Instalment, Scheme
from avenant.funding.grants.selectors.loans import LATE, REPAID, RUNNING, TO_LEND
from avenant.funding.grants.services import Copy


def _reason(label: str = "Motif") -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class GrantFilter(forms.Form):
    """Which aids to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Nom du bénéficiaire", required=False, max_length=100)
    appel = forms.TypedChoiceField(label="Appel", required=False, empty_value=None)
    etat = forms.ChoiceField(label="État", required=False)
    territoire = forms.ChoiceField(label="Territoire", required=False)
    annee = forms.TypedChoiceField(label="Année de décision", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, calls: Any, territories: Any, years: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "appel": [("", "Tous"), *((str(pk), label) for pk, label in calls)],
            "etat": [("", "Tous"), *Grant.lifecycle.states.items()],
            "territoire": [("", "Tous"), *territories],
            "annee": [("", "Toutes"), *((year, year) for year in years)],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]


class PaymentFilter(forms.Form):
    """Which instalments to show."""

    texte = forms.CharField(label="Bénéficiaire ou numéro", required=False, max_length=100)
    etat = forms.ChoiceField(label="État", required=False, choices=[("", "Tous"), *Instalment.lifecycle.states.items()])


class IndicatorForm(forms.Form):
    """An indicator of an action."""

    action = forms.ChoiceField(label="Action")
    label = forms.CharField(label="Indicateur", max_length=200)
    unit = forms.CharField(label="Unité", max_length=40, required=False)
    baseline = FrenchDecimalField(label="Valeur de départ")
    target = FrenchDecimalField(label="Cible", help_text="Avec une cible, l’indicateur est un indicateur de résultats.")

    def __init__(self, *args: Any, actions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [(str(one.pk), one.title) for one in actions]  # type: ignore[attr-defined]


class SignForm(forms.Form):
    """A signed copy that comes back."""

    parties = forms.MultipleChoiceField(label="Signatures qu’il porte", widget=forms.CheckboxSelectMultiple)
    signed_on = DayField(label="Signé le")
    reference = forms.CharField(
        label="Référence imprimée en bas de page", max_length=40, help_text="Par exemple CONV-3F2A91B07C44."
    )
    scanned = forms.ChoiceField(label="Exemplaire numérisé déjà rattaché", required=False)
    file = forms.FileField(label="Exemplaire signé", required=False, help_text="PDF, 20 Mo au plus.")

    def __init__(self, *args: Any, agreement: Agreement, own: bool, scans: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scans = {str(one.pk): one for one in scans}
        authority = AgreementSignature.Party.AUTHORITY
        offered = [one for one in agreement.signatures.all() if one.signed_on is None]
        offered = [one for one in offered if not own or one.party != authority]
        fields: Any = self.fields
        fields["parties"].choices = [(one.party, one.get_party_display()) for one in offered]
        fields["scanned"].choices = [("", "aucun"), *((pk, one.name) for pk, one in self.scans.items())]
        if not self.scans:
            del fields["scanned"]
            fields["file"].required = True

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.scans and not said.get("file") and not said.get("scanned"):
            self.add_error("file", "Choisissez l’exemplaire signé.")
        return said

    def copy(self) -> Copy:
        """What the service is given."""
        said = self.cleaned_data
        file, kept = said.get("file"), self.scans.get(said.get("scanned", ""))
        return Copy(
            reference=said["reference"], signed_on=said["signed_on"], document=None if file else kept,
            name=file.name if file else "", content=file.read(MAX_BYTES + 1) if file else b"",
        )  # fmt: skip


class AmendmentForm(forms.Form):
    """What an amendment changes."""

    amount = EurosField(label="Nouveau montant")
    consume_until = DayField(label="Nouveau dernier jour de consommation", required=False)
    reason = _reason()


class ReductionForm(forms.Form):
    """A reduction by decision."""

    amount = EurosField(label="Montant réduit", required=True)
    reason = _reason()


class ReserveForm(forms.Form):
    """What holds the instalments."""

    reason = forms.CharField(label="Réserve", max_length=300)


class ReasonForm(forms.Form):
    """Why."""

    reason = _reason()


class DocumentForm(forms.Form):
    """A document of an instalment."""

    code = forms.ChoiceField(label="Document")
    file = forms.FileField(label="Fichier", help_text="PDF, image ou XLSX, 20 Mo au plus.")

    def __init__(self, *args: Any, instalment: Instalment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = list(instalment.needs.items())  # type: ignore[attr-defined]


class PaymentForm(forms.Form):
    """What the accountant did."""

    paid_on = DayField(label="Payé le")
    reference = forms.CharField(label="Référence du comptable", max_length=60, required=False)


class ReimbursementForm(forms.Form):
    """What the invoices accepted so far add up to, when no report holds them."""

    compliant = EurosField(
        label="Dépenses conformes à ce jour",
        required=True,
        help_text="Toutes celles acceptées depuis le début de l’aide, celles des bilans comprises.",
    )
    reason = _reason("Pourquoi ces dépenses ne sont pas dans un bilan ou une demande")


class LoanFilter(forms.Form):
    """Which loans to show."""

    texte = forms.CharField(label="Nom du bénéficiaire", required=False, max_length=100)
    etat = forms.ChoiceField(
        label="Remboursement", required=False,
        choices=[("", "Tous"), (LATE, "En retard"), (RUNNING, "En cours"), (REPAID, "Rien ne reste dû"), (TO_LEND, "À verser")],
    )  # fmt: skip


class RepaymentForm(forms.Form):
    """What was repaid of a loan; the amount is not asked for when everything that is left comes back."""

    amount = EurosField(label="Montant remboursé", required=True)
    on = DayField(label="Encaissé le")
    reference = forms.CharField(
        label="Référence du comptable",
        max_length=60,
        help_text="Un encaissement par référence : un double envoi ne compte qu’une fois.",
    )

    def __init__(self, *args: Any, whole: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].required = not whole


class ScheduleForm(forms.Form):
    """Another schedule for what is left."""

    first_on = DayField(label="Première échéance")
    parts = forms.IntegerField(label="Nombre d’échéances", min_value=1, max_value=120)
    every = forms.IntegerField(label="Mois entre deux échéances", min_value=1, max_value=120, initial=1)
    reason = _reason()


class WriteOffForm(forms.Form):
    """What is given up of a loan."""

    amount = EurosField(label="Montant remis", help_text="Vide : tout ce qui reste à rembourser.")
    reason = _reason()
    seen = EurosField(widget=forms.HiddenInput)


class ConsumptionForm(forms.Form):
    """What the last statement tells."""

    consumed = EurosField(label="Aide consommée", required=True)
    on = DayField(label="Arrêtée au")


class ActionForm(forms.Form):
    """What became of an action."""

    done_on = DayField(label="Réalisée le", required=False)
    reason = forms.CharField(label="Motif de l’abandon", required=False, max_length=2000)


class SocleForm(forms.Form):
    """A version to prepare."""

    title = forms.CharField(label="Intitulé", max_length=200, initial="Socle minimum de bonnes pratiques de prévention")


class PracticeForm(forms.Form):
    """A practice and its purposes."""

    label = forms.CharField(label="Bonne pratique", max_length=300)
    for_staff = forms.BooleanField(label="Préserver l’état de santé des salariés", required=False)
    for_residents = forms.BooleanField(label="Assurer la qualité de prise en charge des résidents", required=False)


class BatchForm(forms.Form):
    """Scanned pages."""

    file = forms.FileField(label="Pages numérisées", help_text="Un seul PDF, 300 pages et 20 Mo au plus.")


class GrantorForm(forms.Form):
    """The number of the authority in open data."""

    siret = forms.RegexField(
        r"^\d{14}$", label="SIRET de l’autorité", error_messages={"invalid": "Un SIRET compte quatorze chiffres."}
    )


class SchemeFilter(forms.Form):
    """Which schemes to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Dispositif, financeur ou secteur", required=False, max_length=100)
    nature = forms.ChoiceField(label="Nature", required=False, choices=[("", "Toutes"), *Scheme.Kind.choices])
    voir = forms.ChoiceField(
        label="Dates", required=False, choices=[("", "Ouverts aujourd’hui"), ("tout", "Tous, échus compris")]
    )
    employeur = forms.CharField(
        label="SIRET de l’employeur",
        required=False,
        max_length=20,
        help_text="Pour vérifier la fiche qui lui convient.",
    )


class SchemeForm(forms.Form):
    """A scheme of the catalogue; conditions unknown are left empty."""

    kind = forms.ChoiceField(label="Nature", choices=Scheme.Kind.choices)
    title = forms.CharField(label="Dispositif", max_length=200)
    funder = forms.CharField(label="Financeur", max_length=120)
    variant = forms.ChoiceField(label="Pour", required=False, choices=[("", "tous"), *Scheme.Setting.choices])
    sector = forms.CharField(label="Secteur", required=False, max_length=200)
    beneficiaries = forms.CharField(label="Bénéficiaires", required=False, max_length=300)
    starts_on = DayField(label="Ouvert du", required=False)
    ends_on = DayField(label="Au (inclus)", required=False)
    rate = FrenchDecimalField(label="Taux (%)", help_text="Vide : à compléter.")
    cap = EurosField(label="Plafond (€)", help_text="Vide : à compléter.")
    conditions = forms.CharField(
        label="Autres conditions", required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Par exemple qu’il n’y a pas de plafond.",
    )  # fmt: skip
    excludes = forms.MultipleChoiceField(
        label="Ne finance pas la même dépense que", required=False, widget=forms.CheckboxSelectMultiple
    )
    article = forms.CharField(label="Fondement", required=False, max_length=200)
    link = forms.URLField(label="Adresse", required=False, assume_scheme="https")

    def __init__(self, *args: Any, schemes: Iterable[Scheme], scheme: Scheme | None = None, **kwargs: Any) -> None:
        if scheme is not None:
            kwargs["initial"] = {name: getattr(scheme, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        others = [(one.code, str(one)) for one in schemes if scheme is None or one.pk != scheme.pk]
        self.fields["excludes"].choices = others  # type: ignore[attr-defined]

    def clean_rate(self) -> Decimal | None:
        rate: Decimal | None = self.cleaned_data["rate"]
        if rate is not None and not 0 <= rate <= 100:
            raise forms.ValidationError("Un taux est entre 0 et 100 %.")
        return rate
