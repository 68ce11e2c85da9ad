from django.apps import AppConfig


class AllocationConfig(AppConfig):
    name = "avenant.funding.allocation"
    label = "allocation"
    verbose_name = "attribution"
