from django.urls import path

from avenant.demo import views

app_name = "demo"
urlpatterns = [
    path("entrer", views.sign_in_as, name="sign-in-as"),
    path("horloge", views.move_clock, name="move-clock"),
]
