from django.urls import path

from avenant.foundations.journal import views

app_name = "journal"
urlpatterns = [
    path("ouvrir", views.open_address, name="open-calendar"),
    path("fermer", views.close_address, name="close-calendar"),
    path("<str:token>.ics", views.calendar, name="calendar"),
]
