from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "avenant.foundations.messages"
    label = "notices"
    verbose_name = "messages"
