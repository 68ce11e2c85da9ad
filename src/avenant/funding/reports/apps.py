from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "avenant.funding.reports"
    label = "reports"
    verbose_name = "suivi des aides"
