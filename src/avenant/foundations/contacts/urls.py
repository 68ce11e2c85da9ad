from django.urls import path

from avenant.foundations.contacts import views

app_name = "contacts"
urlpatterns = [
    path("", views.contacts, name="contacts"),
    path("exporter/<slug:form>", views.export, name="export"),
    path("dossiers/<uuid:circle_id>", views.file, name="file"),
    path("listes/<uuid:contactlist_id>/ajouter", views.add, name="add"),
    path("listes/<uuid:contactlist_id>/revue", views.review, name="review"),
    path("etablissements/<uuid:establishment_id>/echanges", views.exchanges, name="exchanges"),
    path("<uuid:contact_id>/partenaires", views.add_partner, name="add-partner"),
    path("<uuid:contact_id>/fin", views.end, name="end"),
    path("<uuid:contact_id>/etablissements", views.follow, name="follow"),
]
