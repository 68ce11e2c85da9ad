from django.urls import path

from avenant.contracts.drafting import views

app_name = "drafting"
urlpatterns = [
    path("", views.contracts, name="contracts"),
    path("<uuid:contract_id>", views.contract, name="contract"),
]
