from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "avenant.indicators.registers"
    label = "registers"
    verbose_name = "registres"
