from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "avenant.foundations.documents"
    label = "documents"
    verbose_name = "documents"
