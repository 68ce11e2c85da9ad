from django.apps import AppConfig


class SecrecyConfig(AppConfig):
    name = "avenant.foundations.secrecy"
    label = "secrecy"

    def ready(self) -> None:
        """The administrator's list of people says who has acknowledged the notice."""
        from avenant.foundations.accounts.selectors import tell_acknowledgements
        from avenant.foundations.secrecy.selectors import list_acknowledged_days

        tell_acknowledgements(list_acknowledged_days)
