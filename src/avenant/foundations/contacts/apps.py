from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "avenant.foundations.contacts"
    label = "contacts"
    verbose_name = "contacts"
