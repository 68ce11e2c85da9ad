from django.urls import path

from avenant.indicators.consolidation import views

app_name = "consolidation"
urlpatterns = [
    path("regions/<uuid:campaign_id>", views.region, name="region"),
    path("regions/<uuid:campaign_id>/consolider", views.consolidate, name="consolidate"),
    path("positions/<uuid:contract_id>/<int:year>", views.benchmark, name="benchmark"),
    path("ouvrir/<uuid:contract_id>/<int:year>", views.open_review, name="open-review"),
    path("<uuid:review_id>", views.review, name="review"),
    path("<uuid:review_id>/volets/<slug:strand>", views.write_strand, name="write-strand"),
    path("<uuid:review_id>/pistes", views.add_item, name="add-item"),
    path("<uuid:review_id>/pistes/<int:item_id>/retirer", views.remove_item, name="remove-item"),
    path("<uuid:review_id>/arreter", views.sign_off, name="sign-off"),
    path("<uuid:review_id>/rouvrir", views.reopen, name="reopen"),
]
