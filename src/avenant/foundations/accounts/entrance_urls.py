"""The addresses of coming in, under the names by which allauth calls them."""

from django.urls import path

from avenant.foundations.accounts.views import entrance

urlpatterns = [
    path("connexion", entrance.sign_in, name="account_login"),
    path("deconnexion", entrance.sign_out, name="account_logout"),
    path("ferme", entrance.inactive, name="account_inactive"),
    path("confirmer", entrance.confirm_it_is_me, name="account_reauthenticate"),
    path("mot-de-passe", entrance.change_password, name="account_change_password"),
    path("mot-de-passe/choisir", entrance.set_password, name="account_set_password"),
    path("mot-de-passe/oubli", entrance.reset_password, name="account_reset_password"),
    path("mot-de-passe/oubli/envoye", entrance.reset_password_sent, name="account_reset_password_done"),
    path("mot-de-passe/oubli/fait", entrance.reset_password_done, name="account_reset_password_from_key_done"),
    path(
        "mot-de-passe/oubli/<str:uidb36>/<str:key>",
        entrance.reset_password_from_key,
        name="account_reset_password_from_key",
    ),
    path("second-facteur", entrance.second_factors, name="mfa_index"),
    path("second-facteur/code", entrance.second_factor, name="mfa_authenticate"),
    path("second-facteur/confirmer", entrance.confirm_with_code, name="mfa_reauthenticate"),
    path("second-facteur/application", entrance.activate_totp, name="mfa_activate_totp"),
    path("second-facteur/application/retirer", entrance.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-facteur/secours", entrance.recovery_codes, name="mfa_view_recovery_codes"),
    path("second-facteur/secours/nouveaux", entrance.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("second-facteur/secours.txt", entrance.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("second-facteur/cles", entrance.security_keys, name="mfa_list_webauthn"),
    path("second-facteur/cles/ajouter", entrance.add_security_key, name="mfa_add_webauthn"),
    path("second-facteur/cles/confirmer", entrance.confirm_with_key, name="mfa_reauthenticate_webauthn"),
    path("second-facteur/cles/<int:pk>/retirer", entrance.remove_security_key, name="mfa_remove_webauthn"),
    path("second-facteur/cles/<int:pk>/renommer", entrance.rename_security_key, name="mfa_edit_webauthn"),
    path("proconnect", entrance.go_to_provider, name="proconnect_login"),
    path("proconnect/retour", entrance.come_from_provider, name="proconnect_callback"),
    path("proconnect/fin", entrance.ended_at_provider, name="proconnect_ended"),
    path("proconnect/echec", entrance.provider_failed, name="socialaccount_login_error"),
    path("proconnect/abandon", entrance.provider_cancelled, name="socialaccount_login_cancelled"),
]
