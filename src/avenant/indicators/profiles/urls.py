from django.urls import path

from avenant.indicators.profiles.views import counted, profile, region

app_name = "profiles"
urlpatterns = [
    path("parts/<uuid:part_id>", counted.counted, name="counted"),
    path("parts/<uuid:part_id>/reprendre", counted.take, name="take"),
    path("declarations/<uuid:declaration_id>", profile.profile, name="profile"),
    path("declarations/<uuid:declaration_id>.<slug:kind>", profile.export, name="export"),
    path("declarations/<uuid:declaration_id>/partager", profile.share, name="share"),
    path("regions/<uuid:campaign_id>", profile.regional, name="regional"),
    path("seuils", region.thresholds, name="thresholds"),
    path("contrats/<uuid:contract_id>/ventilations", region.feasibility, name="feasibility"),
]
