from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "avenant.foundations.accounts"
    label = "accounts"
    verbose_name = "comptes"
