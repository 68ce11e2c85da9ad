from django.urls import path

from avenant.funding.grants.views import following

app_name = "grants"
urlpatterns = [
    path("<uuid:grant_id>", following.grant, name="grant"),
]
