from django.urls import path

from avenant.foundations.parties import views

app_name = "parties"
urlpatterns = [
    path("", views.directory, name="directory"),
    path("<uuid:establishment_id>", views.establishment, name="establishment"),
]
