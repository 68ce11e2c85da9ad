"""Addresses of the campaigns: their pages show the declarations, which come after them in the story."""

from django.urls import path

from avenant.indicators.declarations.views import campaign as views

app_name = "campaigns"
urlpatterns = [
    path("", views.campaigns, name="campaigns"),
    path("campagnes/nouvelle", views.prepare, name="prepare"),
    path("campagnes/<uuid:campaign_id>", views.campaign, name="campaign"),
    path("campagnes/<uuid:campaign_id>/comite", views.move_committee, name="move-committee"),
    path("campagnes/<uuid:campaign_id>/<slug:verb>", views.advance, name="advance"),
]
