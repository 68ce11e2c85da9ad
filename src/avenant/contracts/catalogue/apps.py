from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "avenant.contracts.catalogue"
    label = "catalogue"
    verbose_name = "catalogue"
