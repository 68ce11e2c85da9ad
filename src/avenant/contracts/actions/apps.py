from django.apps import AppConfig


class ActionsConfig(AppConfig):
    name = "avenant.contracts.actions"
    label = "actions"
    verbose_name = "actions des contrats"
