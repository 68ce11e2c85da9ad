from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "avenant.funding.calls"
    label = "calls"
    verbose_name = "appels à projets"
