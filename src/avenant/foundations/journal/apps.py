from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "avenant.foundations.journal"
    label = "journal"
    verbose_name = "journal"
