from django.urls import path

from avenant.funding.grants.views import agreeing, following, keeping, paying

app_name = "grants"
urlpatterns = [
    path("", following.grants, name="grants"),
    path("export.<slug:form>", following.export, name="export"),
    path("<uuid:grant_id>", following.grant, name="grant"),
    path("<uuid:grant_id>/indicateurs", agreeing.add_indicator, name="add-indicator"),
    path("<uuid:grant_id>/convention", agreeing.open_agreement, name="open-agreement"),
    path("<uuid:grant_id>/convention/reprendre", agreeing.resume, name="resume"),
    path("<uuid:grant_id>/avenants", agreeing.amend, name="amend"),
    path("<uuid:grant_id>/reduire", agreeing.reduce, name="reduce"),
    path("<uuid:grant_id>/reserves", paying.reserve, name="reserve"),
    path("<uuid:grant_id>/reserves/<uuid:reserve_id>/lever", paying.lift_reserve, name="lift-reserve"),
    path("<uuid:grant_id>/actions/<uuid:action_id>", paying.tell_action, name="tell-action"),
    path("<uuid:grant_id>/consommation", paying.note_consumption, name="note-consumption"),
    path("textes/<uuid:agreement_id>.pdf", agreeing.agreement_pdf, name="agreement-pdf"),
    path("textes/<uuid:agreement_id>/signatures", agreeing.sign, name="sign"),
    path("textes/<uuid:agreement_id>/retirer", agreeing.withdraw_amendment, name="withdraw-amendment"),
    path("versements", paying.payments, name="payments"),
    path("versements/export.<slug:form>", paying.export_payments, name="export-payments"),
    path("versements/ordonner", paying.order, name="order"),
    path("versements/ordres/<slug:number>.<slug:form>", paying.order_file, name="order-file"),
    path("versements/<uuid:instalment_id>/documents", paying.send_document, name="send-document"),
    path("versements/<uuid:instalment_id>/verdict", paying.judge_document, name="judge-document"),
    path("versements/<uuid:instalment_id>/certifier", paying.certify, name="certify"),
    path("versements/<uuid:instalment_id>/reprendre", paying.uncertify, name="uncertify"),
    path("versements/<uuid:instalment_id>/payer", paying.record_payment, name="record-payment"),
    path("socle", keeping.socle, name="socle"),
    path("socle/<uuid:socle_id>/pratiques", keeping.add_practice, name="add-practice"),
    path("socle/<uuid:socle_id>/adopter", keeping.adopt_socle, name="adopt-socle"),
    path("numerisations", keeping.batches, name="batches"),
    path("numerisations/<uuid:batch_id>", keeping.batch, name="batch"),
]
