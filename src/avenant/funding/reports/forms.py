"""Forms read what was typed; they never save."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from avenant.domain.french import format_date, quoted
from avenant.domain.funding.recovery import Way
from avenant.foundations.fields import AmountField, DayField, EurosField, FrenchDecimalField
from avenant.foundations.parties.models import Organisation
from avenant.funding.grants.models import Grant, GrantedAction
from avenant.funding.reports.models import (
    GrantObjective,
    GrantReport,
    JointPart,
    ProgressNews,
    Recovery,
    ReportedExpense,
    ReportEvidence,
    Visit,
)
from avenant.funding.reports.selectors.impact import OVERDUE
from avenant.funding.reports.selectors.statements import LATE
from avenant.funding.reports.services.evaluating import ObjectiveSaid
from avenant.funding.reports.services.recovering import EntrySaid
from avenant.funding.reports.services.visiting import FollowUpSaid
from avenant.funding.reports.services.writing import EvidenceSaid, ExpenseSaid, TextSaid

FILES = "PDF, PNG ou JPEG, 20 Mo au plus. Aucune donnée de santé d’une personne."
_NONE = ("", "—")


def _long(label: str, rows: int = 4, *, required: bool = False, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=8000, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


def _pick(label: str, *, required: bool = False, help_text: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, required=required, coerce=uuid.UUID, empty_value=None, help_text=help_text
    )


def _offer(
    form: forms.Form, name: str, choices: Iterable[tuple[Any, str]], empty: tuple[str, str] | None = _NONE
) -> None:
    form.fields[name].choices = [*([empty] if empty else []), *choices]  # type: ignore[attr-defined]


class TextForm(forms.Form):
    """What a report says beside its expenses."""

    draft = True

    story = _long(
        "Mise en œuvre des mesures financées", 6, help_text="Ce qui a été fait, avec qui, ce qui reste à faire."
    )
    total = EurosField(
        label="Total dépensé sur la période (€)", help_text="Sur la base de l’appel\u202f; c’est la somme des dépenses."
    )  # fmt: skip
    nothing_spent = forms.BooleanField(label="Rien n’a été dépensé sur la période", required=False)
    vat_note = forms.CharField(
        label="Explication sur la TVA", required=False, max_length=500,
        help_text="Si des dépenses ont une TVA récupérée et d’autres non.",
    )  # fmt: skip

    def __init__(self, *args: Any, report: GrantReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if report.is_claim:
            del self.fields["nothing_spent"]
            self.fields["story"].label = "À savoir pour lire la demande"
            self.fields["story"].help_text = ""
            self.fields["total"].label = "Total des factures (€)"

    def said(self) -> TextSaid:
        """What the service is told."""
        return TextSaid(**self.cleaned_data)


def _planned(one: Mapping[str, str]) -> str:
    return f"{one['label']}, à payer le {format_date(date.fromisoformat(one['until']))} au plus tard"


class ExpenseForm(forms.Form):
    """An expense that was paid, or a credit note."""

    label = forms.CharField(label="Dépense", max_length=200)
    action = _pick("Action")
    supplier = forms.CharField(label="Fournisseur", max_length=200)
    invoice = forms.CharField(label="Numéro de la facture ou de l’avoir", max_length=80)
    line = forms.ChoiceField(
        label="Dépense prévue au dossier", required=False, help_text="Celles qui ont un dernier jour de paiement."
    )
    paid_on = DayField(label="Acquittée le")
    excl_tax = AmountField(label="Montant HT (€)", required=True)
    incl_tax = AmountField(label="Montant TTC (€)", required=True)
    vat = forms.ChoiceField(label="TVA", choices=ReportedExpense.Vat.choices)
    credits = _pick("Avoir sur la facture", help_text="Pour un avoir, dont les montants sont négatifs.")
    file = forms.FileField(label="Justificatif", required=False, help_text=FILES)
    kind = forms.ChoiceField(label="Nature du justificatif", choices=ReportEvidence.Kind.choices, required=False)
    evidence = _pick("Ou un justificatif déjà joint")

    def __init__(
        self,
        *args: Any,
        actions: Sequence[GrantedAction],
        evidence: Sequence[ReportEvidence],
        invoices: Sequence[ReportedExpense],
        deadlines: Sequence[Mapping[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "line", ((one["line"], _planned(one)) for one in deadlines), ("", "une autre"))
        if not deadlines:
            del self.fields["line"]
        _offer(self, "action", ((one.pk, one.title) for one in actions))
        _offer(self, "evidence", ((one.pk, f"{one.code}, {one.document.name}") for one in evidence))
        _offer(self, "credits", ((one.pk, f"{one.code}, {one.supplier}, {one.invoice}") for one in invoices))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in ("excl_tax", "incl_tax"):
            if name in said and said[name] is None:
                self.add_error(name, "Indiquez le montant.")
        return said

    def said(self) -> ExpenseSaid:
        """What the service is told."""
        told = dict(self.cleaned_data)
        file, kind = told.pop("file"), told.pop("kind") or ReportEvidence.Kind.INVOICE.value
        sent = EvidenceSaid(name=file.name, content=file.read(), kind=kind) if file else None
        return ExpenseSaid(**told, file=sent)

    @staticmethod
    def initial_of(row: ReportedExpense) -> dict[str, Any]:
        """What an expense says now."""
        names = ("label", "supplier", "invoice", "line", "paid_on", "excl_tax", "incl_tax", "vat")
        links = {"action": row.action_id, "credits": row.credits_id, "evidence": row.evidence_id}
        return {**{name: getattr(row, name) for name in names}, **links}


class EvidenceForm(forms.Form):
    """A file beside the expenses."""

    kind = forms.ChoiceField(label="Nature", choices=ReportEvidence.Kind.choices)
    file = forms.FileField(label="Fichier", help_text=FILES)

    def said(self) -> EvidenceSaid:
        """What the service is told."""
        file = self.cleaned_data["file"]
        return EvidenceSaid(name=file.name, content=file.read(), kind=self.cleaned_data["kind"])


class ReturnForm(forms.Form):
    """A report sent back."""

    reason = _long("Ce qui est à corriger", 3, required=True)
    until = DayField(label="À remettre avant le", required=False, help_text="Quinze jours si vous ne dites rien.")


class AcceptForm(forms.Form):
    """A report accepted."""

    reserve = _long("Réserve", 2)

    def __init__(self, *args: Any, report: GrantReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "reserve"
        ].help_text = f"Vide\u202f: {report.noun} est accepté{report.e}. Une réserve bloque le versement suivant."


class ReasonForm(forms.Form):
    """A reason."""

    reason = _long("Motif", 2, required=True)


class ReportFilter(forms.Form):
    """Which reports to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Établissement ou numéro", required=False, max_length=100)
    appel = _pick("Appel")
    etat = forms.ChoiceField(
        label="État", required=False,
        choices=[("", "Tous"), (LATE, "en retard"), *((k, v) for k, v in GrantReport.lifecycle.states.items() if k != "dropped")],
    )  # fmt: skip
    nature = forms.ChoiceField(label="Nature", required=False, choices=[("", "Tous"), *GrantReport.Kind.choices])

    def __init__(self, *args: Any, calls: Sequence[tuple[Any, str]]) -> None:
        super().__init__(*args)
        _offer(self, "appel", calls, ("", "Tous"))


class RecoveryFilter(forms.Form):
    """Which recoveries to show."""

    texte = forms.CharField(label="Établissement ou numéro", required=False, max_length=100)
    appel = _pick("Appel")
    etat = forms.ChoiceField(label="État", required=False, choices=[("", "Tous"), *Recovery.lifecycle.states.items()])

    def __init__(self, *args: Any, calls: Sequence[tuple[Any, str]]) -> None:
        super().__init__(*args)
        _offer(self, "appel", calls, ("", "Tous"))


class VisitFilter(forms.Form):
    """Which visits to show."""

    texte = forms.CharField(label="Établissement ou numéro", required=False, max_length=100)
    etat = forms.ChoiceField(
        label="État", required=False,
        choices=[("", "Toutes"), (OVERDUE, "compte rendu en retard"), *Visit.lifecycle.states.items()],
    )  # fmt: skip


class SettleForm(forms.Form):
    """A balance to strike."""

    reason = _long("Motif", 2, help_text="Nécessaire si un bilan n’a pas été remis.")
    breach = forms.BooleanField(
        label="Manquement à la convention",
        required=False,
        help_text="Ajoute la pénalité de l’appel, s’il en prévoit une.",
    )


class NotifyForm(forms.Form):
    """The exchange before a decision."""

    days = forms.IntegerField(label="Jours pour répondre", min_value=15, max_value=90, initial=30)


class AnswerForm(forms.Form):
    """The observations of the establishment."""

    text = _long("Vos observations", 6, required=True)
    file = forms.FileField(label="Pièce jointe", required=False, help_text=FILES)


class DecideForm(forms.Form):
    """The decision."""

    amount = EurosField(label="Montant récupéré (€)", required=True)
    reason = _long("Motif, repris dans la lettre", 3, required=True)


class EntryForm(forms.Form):
    """A part that comes back: an offset on a notification, or a recovery order."""

    way = forms.ChoiceField(
        label="Voie", choices=[("offset", "imputation sur une notification"), ("order", "titre de recette")]
    )
    amount = EurosField(label="Montant (€)", required=True)
    on = DayField(label="Date")
    reference = forms.CharField(label="Référence de la notification ou du titre", max_length=120)
    notified = EurosField(label="Crédits notifiés (€)", help_text="Pour une imputation.")
    onto = _pick("Sur l’aide")

    def __init__(self, *args: Any, aids: Sequence[Grant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "onto", ((one.pk, str(one)) for one in aids), ("", "hors de la plateforme"))

    def said(self) -> EntrySaid:
        """What the service is told."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "way"}
        return EntrySaid(**told)


class PaymentForm(forms.Form):
    """What was paid of an order."""

    amount = EurosField(label="Encaissé (€)", required=True)
    on = DayField(label="Le")
    seen = EurosField(widget=forms.HiddenInput)


class GiveUpForm(forms.Form):
    """What is no longer asked of a recovery."""

    way = forms.ChoiceField(
        label="Décision", choices=[("forgiven", "remise gracieuse"), ("lost", "admission en non-valeur")],
        help_text="La remise éteint la dette et s’écrit à l’établissement\u202f; l’admission en non-valeur constate que "
        "le comptable ne peut pas recouvrer.",
    )  # fmt: skip
    amount = EurosField(label="Montant (€)", required=True)
    on = DayField(label="Date de la décision")
    reference = forms.CharField(label="Référence de la décision", max_length=120)
    reason = _long("Motif", 2, required=True)

    def clean_way(self) -> Way:
        return Way(self.cleaned_data["way"])


class NewsForm(forms.Form):
    """How an action goes."""

    action = _pick("Action", required=True)
    progress = forms.ChoiceField(label="Avancement", choices=ProgressNews.Progress.choices)
    on = DayField(label="À la date du")
    comment = _long("Commentaire", 2)

    def __init__(self, *args: Any, actions: Sequence[GrantedAction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "action", ((one.pk, one.title) for one in actions), None)


class ObjectiveForm(forms.Form):
    """A quantified target."""

    label = forms.CharField(
        label="Indicateur", max_length=200, help_text="Absentéisme, AT-MP, remplacements, turn-over…"
    )
    unit = forms.CharField(label="Unité", required=False, max_length=40)
    baseline = FrenchDecimalField(label="Valeur de départ")
    target = FrenchDecimalField(label="Cible")
    due_on = DayField(label="Échéance", required=False)

    def said(self) -> ObjectiveSaid:
        """What the service is told."""
        return ObjectiveSaid(**self.cleaned_data)


class EvaluationForm(forms.Form):
    """The impact; a final value and a comment for each target."""

    draft = True

    conditions = _long("Effets sur les conditions de travail", 5)
    care = _long("Effets sur la prise en charge des patients et résidents", 5)

    def __init__(self, *args: Any, objectives: Sequence[GrantObjective], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.objectives = objectives
        for one in objectives:
            unit = f" ({one.unit})" if one.unit else ""
            self.fields[f"final-{one.pk}"] = FrenchDecimalField(
                label=f"{quoted(one.label)}, valeur finale{unit}", initial=one.final
            )
            self.fields[f"comment-{one.pk}"] = forms.CharField(
                label=f"{quoted(one.label)}, commentaire", required=False, max_length=2000, initial=one.comment
            )

    def finals(self) -> dict[uuid.UUID, tuple[Any, str]]:
        """The final value and the comment of each target."""
        said = self.cleaned_data
        return {one.pk: (said[f"final-{one.pk}"], said[f"comment-{one.pk}"]) for one in self.objectives}


class DuerpForm(forms.Form):
    """The updated DUERP."""

    file = forms.FileField(label="DUERP mis à jour", help_text=FILES)
    updated_on = DayField(label="Mis à jour le")


class VisitForm(forms.Form):
    """A visit to plan."""

    on = DayField(label="Date de la visite")
    purpose = forms.CharField(label="Objet", max_length=300)

    def __init__(self, *args: Any, institutions: Sequence[Organisation], own: uuid.UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.institutions = institutions
        for one in institutions:
            if one.pk != own:
                self.fields[f"with-{one.pk}"] = forms.BooleanField(label=f"{one.short_name} participe", required=False)
            self.fields[f"people-{one.pk}"] = forms.CharField(
                label=f"{one.short_name}, participants par leur fonction", required=False, max_length=300
            )
        self.own = own

    def participants(self) -> dict[uuid.UUID, str]:
        """The people of each institution that takes part."""
        said = self.cleaned_data
        chosen = [one.pk for one in self.institutions if one.pk == self.own or said.get(f"with-{one.pk}")]
        return {pk: said.get(f"people-{pk}", "") for pk in chosen}


class VisitReportForm(forms.Form):
    """The report of a visit, and up to three things to do after it."""

    ROWS = (1, 2, 3)
    findings = _long("Constats", 6, required=True)

    def __init__(self, *args: Any, members: Sequence[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in self.ROWS:
            self.fields[f"what-{rank}"] = forms.CharField(label=f"Suite {rank}", required=False, max_length=300)
            self.fields[f"who-{rank}"] = _pick(f"Suite {rank}, par")
            _offer(self, f"who-{rank}", ((one.pk, one.short_name) for one in members))
            self.fields[f"due-{rank}"] = DayField(label=f"Suite {rank}, avant le", required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for rank in self.ROWS:
            told = [said.get(f"{name}-{rank}") for name in ("what", "who", "due")]
            if any(told) and not all(told):
                self.add_error(f"what-{rank}", "Dites quoi, par qui et avant quand.")
        return said

    def follow_ups(self) -> list[FollowUpSaid]:
        """What is to be done."""
        said = self.cleaned_data
        return [
            FollowUpSaid(what=said[f"what-{rank}"], organisation=said[f"who-{rank}"], due_on=said[f"due-{rank}"])
            for rank in self.ROWS
            if said.get(f"what-{rank}")
        ]


class DoneForm(forms.Form):
    """When something was done."""

    on = DayField(label="Fait le")


class JointStartForm(forms.Form):
    """A joint review to open."""

    call = _pick("Appel", required=True)
    title = forms.CharField(label="Intitulé", required=False, max_length=200)

    def __init__(self, *args: Any, calls: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "call", calls, None)


class JointForm(forms.Form):
    """The common text."""

    conditions = _long("Conditions de travail", 6)
    care = _long("Prise en charge des résidents", 6)


class PartForm(forms.Form):
    """What my institution says."""

    dimension = forms.ChoiceField(label="Sur", choices=JointPart.Dimension.choices)
    text = _long("Appréciation de votre institution", 4, required=True)
