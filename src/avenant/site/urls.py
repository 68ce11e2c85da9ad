from django.urls import path

from avenant.site import views

app_name = "site"
urlpatterns = [
    path("", views.home, name="home"),
    path("echeances", views.due, name="due"),
    path("echeances.csv", views.export_due, name="due-export"),
    path("vues", views.saved_views, name="views"),
    path("vues/<uuid:savedview_id>/retirer", views.forget_view, name="forget-view"),
    path("recherche", views.search, name="search"),
    path("annuaire/<uuid:establishment_id>", views.establishment, name="establishment"),
    path("comites/seances/<uuid:session_id>/dossier", views.ask_pack, name="ask-pack"),
    path("comites/bilans/<uuid:report_id>/adopter", views.adopt_report, name="adopt-report"),
    path("sante", views.health, name="health"),
    path("metriques", views.metrics, name="metrics"),
    path(".well-known/security.txt", views.security_contact, name="security-contact"),
    path("rapports-de-securite", views.policy_report, name="policy-report"),
    path("sceaux", views.seals, name="seals"),
    path("accessibilite", views.accessibility, name="accessibility"),
    path("mentions-legales", views.legal, name="legal"),
]
