from django.urls import path

from avenant.foundations.parties import views

app_name = "parties"
urlpatterns = [
    path("", views.directory, name="directory"),
    path("export/<slug:form>", views.export_directory, name="export-directory"),
]
