from django.apps import AppConfig


class AllocationConfig(AppConfig):
    name = "avenant.funding.allocation"
    label = "allocation"
    verbose_name = "attribution"

    def ready(self) -> None:
        """An amendment of an aid draws on its envelope."""
        from avenant.funding.allocation.services.releasing import hold_rise
        from avenant.funding.grants.services.amending import HOLDERS

        HOLDERS.append(hold_rise)
