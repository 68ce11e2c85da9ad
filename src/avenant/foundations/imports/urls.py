from django.urls import path

from avenant.foundations.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("<slug:kind>/envoyer", views.send, name="send"),
    path("<slug:kind>/modele/<slug:form>", views.model, name="model"),
    path("<uuid:import_id>", views.one, name="import"),
    path("<uuid:import_id>/colonnes", views.columns, name="columns"),
    path("<uuid:import_id>/confirmer", views.confirm, name="confirm"),
    path("<uuid:import_id>/annuler", views.undo, name="undo"),
    path("<uuid:import_id>/lignes-ecartees/<slug:form>", views.rejected, name="rejected"),
]
