from django.urls import path

from avenant.contracts.drafting.views import catalogue

app_name = "catalogue"
urlpatterns = [
    path("", catalogue.definitions, name="definitions"),
    path("exporter/<slug:form>", catalogue.export, name="export"),
    path("<str:code>", catalogue.definition, name="definition"),
]
