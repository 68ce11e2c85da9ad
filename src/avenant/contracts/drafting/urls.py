from django.urls import path

from avenant.contracts.drafting.views import contracts, promises, text

app_name = "drafting"
urlpatterns = [
    path("", contracts.contracts, name="contracts"),
    path("exporter/<slug:form>", contracts.export, name="export"),
    path("<uuid:contract_id>", contracts.contract, name="contract"),
    path("<uuid:contract_id>/texte", text.show_text, name="text"),
    path("<uuid:contract_id>/contrat.pdf", text.printed, name="printed"),
    path("<uuid:contract_id>/programme", text.programme, name="programme"),
    path("<uuid:contract_id>/fiches/<slug:clause_key>", text.sheet, name="sheet"),
    path("<uuid:contract_id>/fiches/<slug:clause_key>/orientations", text.orient, name="orient"),
    path("<uuid:contract_id>/contexte", text.context_tables, name="context"),
    path("<uuid:contract_id>/contributions", text.contributions, name="contributions"),
    path(
        "<uuid:contract_id>/contributions/<int:contribution_id>/retirer",
        text.withdraw_contribution,
        name="withdraw-contribution",
    ),
    path("<uuid:contract_id>/indicateurs", contracts.indicators, name="indicators"),
    path("<uuid:contract_id>/signature", contracts.sign, name="sign"),
    path("<uuid:contract_id>/confirmer", contracts.confirm, name="confirm"),
    path("<uuid:contract_id>/mode-operatoire", contracts.operating_mode, name="operating-mode"),
    path("<uuid:contract_id>/mode-operatoire/accord", contracts.agree, name="agree"),
    path("<uuid:contract_id>/indicateurs/ajouter", promises.add, name="add-indicator"),
    path("<uuid:contract_id>/indicateurs/<int:promise_id>", promises.promise, name="promise"),
    path("<uuid:contract_id>/indicateurs/<int:promise_id>/retirer", promises.remove, name="remove"),
]
