from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "avenant.indicators.declarations"
    label = "declarations"
    verbose_name = "déclarations"
