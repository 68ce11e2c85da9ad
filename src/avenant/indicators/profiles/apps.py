from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "avenant.indicators.profiles"
    label = "profiles"
    verbose_name = "profils"
