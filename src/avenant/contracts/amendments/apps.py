from django.apps import AppConfig


class AmendmentsConfig(AppConfig):
    name = "avenant.contracts.amendments"
    label = "amendments"
    verbose_name = "Avenants"
