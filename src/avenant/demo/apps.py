from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "avenant.demo"
    label = "demo"
    verbose_name = "démonstration"
