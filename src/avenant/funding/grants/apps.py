from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "avenant.funding.grants"
    label = "grants"
    verbose_name = "aides accordées"
