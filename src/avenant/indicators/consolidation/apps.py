from django.apps import AppConfig


class ConsolidationConfig(AppConfig):
    name = "avenant.indicators.consolidation"
    label = "consolidation"
    verbose_name = "consolidation"
