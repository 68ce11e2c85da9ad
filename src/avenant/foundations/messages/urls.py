from django.urls import path

from avenant.foundations.messages import views

app_name = "notices"
urlpatterns = [
    path("", views.notices, name="notices"),
    path("<uuid:notice_id>/ouvrir", views.open_notice, name="open"),
    path("tout-lu", views.mark_all_read, name="mark-all-read"),
    path("preferences", views.preferences, name="preferences"),
]
