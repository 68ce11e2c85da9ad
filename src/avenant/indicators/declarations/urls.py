from django.urls import path

from avenant.indicators.declarations.views import control, entry, intake, sharing

app_name = "declarations"
urlpatterns = [
    path("", entry.mine, name="mine"),
    path("<uuid:declaration_id>", control.declaration, name="declaration"),
    path("parts/<uuid:part_id>", entry.part, name="part"),
    path("parts/<uuid:part_id>/saisie", entry.save_all, name="save-all"),
    path("parts/<uuid:part_id>/saisie/<uuid:definition_id>", entry.save_one, name="save-one"),
    path("parts/<uuid:part_id>/saisie-libre/<slug:code>", entry.save_free, name="save-free"),
    path("parts/<uuid:part_id>/controle", entry.checks, name="checks"),
    path("parts/<uuid:part_id>/modele.xlsx", intake.download_template, name="template"),
    path("parts/<uuid:part_id>/importer", intake.take_file, name="import"),
    path("parts/<uuid:part_id>/coller", intake.take_paste, name="paste"),
    path("parts/<uuid:part_id>/reprendre", intake.confirm, name="confirm"),
    path("parts/<uuid:part_id>/sections", sharing.sections, name="sections"),
    path("sections/<uuid:assignment_id>/terminer", sharing.finish, name="finish-section"),
    path("sections/<uuid:assignment_id>/reprendre", sharing.take_back, name="take-section-back"),
    path("parts/<uuid:part_id>/pieces/<uuid:definition_id>", sharing.evidence, name="evidence"),
    path("pieces/<uuid:evidence_id>", sharing.download_evidence, name="download-evidence"),
    path("pieces/<uuid:evidence_id>/retirer", sharing.remove_evidence, name="remove-evidence"),
    path("parts/<uuid:part_id>/transmettre", entry.submit, name="submit"),
    path("parts/<uuid:part_id>/renvoyer", control.send_back, name="return"),
    path("parts/<uuid:part_id>/remarques", control.remark, name="remark"),
    path("parts/<uuid:part_id>/valider", control.validate, name="validate"),
    path("parts/<uuid:part_id>/rouvrir", control.reopen, name="reopen"),
    path("parts/<uuid:part_id>/historique/<uuid:definition_id>", control.versions, name="versions"),
    path("parts/<uuid:part_id>/justifications/<uuid:definition_id>", control.accept, name="accept"),
    path("questions/<uuid:question_id>", entry.answer, name="answer"),
    path("transmissions/<uuid:submission_id>", control.receipt, name="receipt"),
    path("transmissions/<uuid:submission_id>/accuse.pdf", control.receipt_pdf, name="receipt-pdf"),
    path("transmissions/<uuid:submission_id>/preuve.json", control.proof, name="proof"),
]
