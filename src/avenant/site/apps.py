from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "avenant.site"
    label = "site"
    verbose_name = "site"
