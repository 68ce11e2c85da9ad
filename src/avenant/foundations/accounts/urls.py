from django.urls import path

from avenant.foundations.accounts import views

app_name = "accounts"
urlpatterns = [
    path("connexion", views.sign_in, name="sign-in"),
    path("deconnexion", views.sign_out, name="sign-out"),
    path("organisme", views.choose_membership, name="choose-membership"),
]
