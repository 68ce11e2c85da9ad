from django.urls import path

from avenant.indicators.registers import views

app_name = "registers"
urlpatterns = [
    path("", views.register, name="register"),
    path("inscrire", views.add, name="add"),
    path("importer", views.import_actions, name="import"),
    path("importer/confirmer", views.confirm_actions, name="import-confirm"),
    path("modele.xlsx", views.template, name="template"),
    path("export.<slug:form>", views.export, name="export"),
    path("<uuid:action_id>/retirer", views.strike, name="strike"),
    path("listes", views.lists, name="lists"),
    path("listes/importer", views.import_list, name="list-import"),
    path("listes/importer/confirmer", views.confirm_list, name="list-confirm"),
    path("listes/<uuid:list_id>", views.listing, name="list"),
    path("listes/<uuid:list_id>/<slug:verb>", views.act_on_list, name="list-act"),
]
