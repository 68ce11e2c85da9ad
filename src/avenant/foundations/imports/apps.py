from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ImportsConfig(AppConfig):
    name = "avenant.foundations.imports"
    label = "imports"
    verbose_name = "imports"

    def ready(self) -> None:
        """Each app says in ``importing.py`` what it takes from a spreadsheet."""
        autodiscover_modules("importing")
