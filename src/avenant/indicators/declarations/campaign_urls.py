"""Addresses of the campaigns: their pages show the declarations, which come after them in the story."""

from django.urls import path

from avenant.indicators.declarations.views import campaign as views
from avenant.indicators.declarations.views import taking_over

app_name = "campaigns"
urlpatterns = [
    path("", views.campaigns, name="campaigns"),
    path("declarations.<slug:kind>", views.export, name="export"),
    path("campagnes/nouvelle", views.prepare, name="prepare"),
    path("campagnes/reprise", taking_over.taking_over, name="taking-over"),
    path("campagnes/reprise/confirmation", taking_over.confirm, name="confirm-taking-over"),
    path("campagnes/reprise/modele.xlsx", taking_over.template, name="taking-over-template"),
    path("campagnes/<uuid:campaign_id>", views.campaign, name="campaign"),
    path("campagnes/<uuid:campaign_id>.<slug:kind>", views.export_board, name="export-board"),
    path("campagnes/<uuid:campaign_id>/comite", views.move_committee, name="move-committee"),
    path("campagnes/<uuid:campaign_id>/<slug:verb>", views.advance, name="advance"),
]
