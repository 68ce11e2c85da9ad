from django.urls import path

from avenant.indicators.consolidation.views import audit, publication, region, review, service

app_name = "consolidation"
urlpatterns = [
    path("cpom", region.show_cockpit, name="cockpit"),
    path("cpom.<slug:kind>", region.export_cockpit, name="export-cockpit"),
    path("regions/<uuid:campaign_id>", region.region, name="region"),
    path("regions/<uuid:campaign_id>.<slug:kind>", region.export_region, name="export-region"),
    path("regions/<uuid:campaign_id>/consolider", region.consolidate, name="consolidate"),
    path("regions/<uuid:campaign_id>/enquete-dgt.xlsx", region.export_national, name="export-national"),
    path("regions/<uuid:campaign_id>/exports", region.ask_export, name="ask-export"),
    path("regions/<uuid:campaign_id>/note", publication.preview, name="preview"),
    path("regions/<uuid:campaign_id>/note/publier", publication.publish, name="publish"),
    path("regions/<uuid:campaign_id>/indicateurs/<uuid:definition_id>", region.indicator, name="indicator"),
    path("regions/<uuid:campaign_id>/indicateurs/<uuid:definition_id>/decider", region.decide, name="decide"),
    path("regions/<uuid:campaign_id>/audit", audit.audit, name="audit"),
    path("regions/<uuid:campaign_id>/audit/refaire", audit.ask_audit, name="ask-audit"),
    path("cellule/<uuid:contract_id>/<int:year>", audit.cell, name="cell"),
    path("exports/<uuid:export_id>", region.export, name="export"),
    path("notes", publication.publications, name="publications"),
    path("notes/<uuid:publication_id>", publication.publication, name="publication"),
    path("positions/<uuid:contract_id>/<int:year>", service.benchmark, name="benchmark"),
    path("positions/<uuid:contract_id>/<int:year>/<uuid:definition_id>", service.position, name="position"),
    path("positions/<uuid:contract_id>/<int:year>/<uuid:definition_id>/decider", service.decide, name="decide-here"),
    path("evolution/<uuid:contract_id>", service.trends, name="trends"),
    path("ouvrir/<uuid:contract_id>/<int:year>", review.open_review, name="open-review"),
    path("<uuid:review_id>", review.review, name="review"),
    path("<uuid:review_id>/volets/<slug:strand>", review.write_strand, name="write-strand"),
    path("<uuid:review_id>/commentaires", review.comment, name="comment"),
    path("<uuid:review_id>/pistes", review.add_item, name="add-item"),
    path("<uuid:review_id>/pistes/<int:item_id>", review.edit_item, name="edit-item"),
    path("<uuid:review_id>/pistes/<int:item_id>/retirer", review.remove_item, name="remove-item"),
    path("<uuid:review_id>/pistes/<int:item_id>/suite", review.follow_up, name="follow-up"),
    path("<uuid:review_id>/arreter", review.sign_off, name="sign-off"),
    path("<uuid:review_id>/rouvrir", review.reopen, name="reopen"),
]
