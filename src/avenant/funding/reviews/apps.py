from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "avenant.funding.reviews"
    label = "reviews"
    verbose_name = "instruction des dossiers"
