from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "avenant.funding.grants"
    label = "grants"
    verbose_name = "aides accordées"

    def ready(self) -> None:
        """The rules of a call that add up the aids of several years ask for those granted."""
        from avenant.funding.dossiers import earlier
        from avenant.funding.grants.selectors.earlier import tell_earlier_aids

        earlier.register(tell_earlier_aids)
