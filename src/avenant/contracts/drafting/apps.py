from django.apps import AppConfig


class DraftingConfig(AppConfig):
    name = "avenant.contracts.drafting"
    label = "drafting"
    verbose_name = "contrats"
