from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "avenant.funding.dossiers"
    label = "dossiers"
    verbose_name = "dossiers"
