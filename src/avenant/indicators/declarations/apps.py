import uuid

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "avenant.indicators.declarations"
    label = "declarations"
    verbose_name = "déclarations"

    def ready(self) -> None:
        """Who takes the place of a party states what that party had still to state."""
        from avenant.contracts.amendments import heirs

        heirs.register(queue_succession)


def queue_succession(*, contract_id: uuid.UUID, former_id: uuid.UUID, successor_id: uuid.UUID) -> None:
    """The job moves the parts: it alone may touch what the former party kept to itself."""
    from avenant.indicators.declarations.tasks import hand_over_parts

    hand_over_parts.defer(contract_id=str(contract_id), former_id=str(former_id), successor_id=str(successor_id))
