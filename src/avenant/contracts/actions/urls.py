from django.urls import path

from avenant.contracts.actions.views import following, programme, sharing, targeting

app_name = "actions"
urlpatterns = [
    path("mes-actions", following.mine, name="mine"),
    path("mes-actions/exporter/<slug:form>", following.export_mine, name="export-mine"),
    path("actions-communes", sharing.shared, name="shared"),
    path("actions-communes/exporter/<slug:form>", sharing.export_shared, name="export-shared"),
    path("actions-communes/nouvelle", sharing.new, name="new-shared"),
    path("actions-communes/<uuid:sharedaction_id>", sharing.one, name="shared-one"),
    path("actions-communes/<uuid:sharedaction_id>/rattacher", sharing.join, name="join"),
    path("pieces-absentes", targeting.missing, name="missing"),
    path("pieces-absentes/exporter/<slug:form>", targeting.export_missing, name="export-missing"),
    path("<uuid:contract_id>/actions", following.contract, name="contract"),
    path("<uuid:contract_id>/actions/campagnes", following.campaign, name="campaign"),
    path("<uuid:contract_id>/actions/plan", following.plan, name="plan"),
    path("<uuid:contract_id>/actions/<slug:clause_key>", following.action, name="action"),
    path("<uuid:contract_id>/actions/<slug:clause_key>/financement", following.ask_funding, name="ask-funding"),
    path("<uuid:contract_id>/actions/<slug:clause_key>/objectifs", following.set_objective, name="objective"),
    path("actions/financement/<uuid:fundingrequest_id>", following.move_request, name="move-request"),
    path("<uuid:contract_id>/actions/<slug:clause_key>/effets", following.effect, name="effect"),
    path("<uuid:contract_id>/actions/<slug:clause_key>/entreprises", programme.enterprises, name="enterprises"),
    path(
        "<uuid:contract_id>/actions/<slug:clause_key>/entreprises/exporter/<slug:form>",
        programme.export_enterprises,
        name="export-enterprises",
    ),
    path("<uuid:contract_id>/cibles", targeting.targets, name="targets"),
    path("<uuid:contract_id>/cibles/exporter/<slug:form>", targeting.export_targets, name="export-targets"),
    path("<uuid:contract_id>/cibles/<int:target_id>", targeting.contact, name="contact"),
]
