from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "avenant.foundations.meetings"
    label = "meetings"
    verbose_name = "Comités"
