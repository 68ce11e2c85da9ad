from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "avenant.indicators.campaigns"
    label = "campaigns"
    verbose_name = "campagnes"
