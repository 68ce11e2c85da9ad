from django.urls import path

from avenant.funding.dossiers.views import handing_in, lists, pieces, sections

app_name = "dossiers"
urlpatterns = [
    path("", lists.dossiers, name="dossiers"),
    path("export.<slug:form>", lists.export, name="export"),
    path("nouveau/<slug:key>", handing_in.open_dossier, name="open"),
    path("<uuid:dossier_id>", handing_in.dossier, name="dossier"),
    path("<uuid:dossier_id>/etablissement", sections.establishment, name="etablissement"),
    path("<uuid:dossier_id>/diagnostic", sections.diagnosis, name="diagnostic"),
    path("<uuid:dossier_id>/projets", sections.add_project, name="add-project"),
    path("<uuid:dossier_id>/projets/<int:position>", sections.project, name="projet"),
    path("<uuid:dossier_id>/projets/<int:position>/retirer", sections.remove_project, name="remove-project"),
    path("<uuid:dossier_id>/projets/<int:position>/actions", sections.actions, name="actions"),
    path("<uuid:dossier_id>/projets/<int:position>/depenses", sections.expenses, name="depenses"),
    path("<uuid:dossier_id>/projets/<int:position>/financement", sections.funding, name="financement"),
    path("<uuid:dossier_id>/pieces", pieces.pieces, name="pieces"),
    path("pieces/<uuid:piece_id>/retirer", pieces.take_out, name="take-out"),
    path("pieces/<uuid:piece_id>/verifier", pieces.check, name="check-piece"),
    path("<uuid:dossier_id>/deposer", handing_in.submit, name="submit"),
    path("<uuid:dossier_id>/retirer", handing_in.withdraw, name="withdraw"),
    path("<uuid:dossier_id>/accuse", handing_in.receipt, name="receipt"),
    path("<uuid:dossier_id>/accuse.pdf", handing_in.receipt_pdf, name="receipt-pdf"),
    path("<uuid:dossier_id>/completude", handing_in.judge, name="judge"),
]
