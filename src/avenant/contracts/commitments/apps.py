from django.apps import AppConfig


class CommitmentsConfig(AppConfig):
    name = "avenant.contracts.commitments"
    label = "commitments"
    verbose_name = "engagements"
