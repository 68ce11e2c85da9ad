"""Root addresses, in French as a reader sees them."""

from django.urls import include, path

from avenant.site.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("avenant.site.urls")),
    path("compte/", include("avenant.foundations.accounts.entrance_urls")),
    path("compte/", include("avenant.foundations.accounts.urls")),
    path("messages/", include("avenant.foundations.messages.urls")),
    path("calendrier/", include("avenant.foundations.journal.urls")),
    path("documents/", include("avenant.foundations.documents.urls")),
    path("contacts/", include("avenant.foundations.contacts.urls")),
    path("imports/", include("avenant.foundations.imports.urls")),
    path("confidentialite/", include("avenant.foundations.secrecy.urls")),
    path("annuaire/", include("avenant.foundations.parties.urls")),
    path("comites/", include("avenant.foundations.meetings.urls")),
    path("contrats/catalogue/", include("avenant.contracts.drafting.catalogue_urls")),
    path("contrats/", include("avenant.contracts.commitments.urls")),
    path("contrats/", include("avenant.contracts.actions.urls")),
    path("contrats/", include("avenant.contracts.amendments.urls")),
    path("contrats/", include("avenant.contracts.drafting.urls")),
    path("indicateurs/", include("avenant.indicators.declarations.campaign_urls")),
    path("registres/", include("avenant.indicators.registers.urls")),
    path("declarations/", include("avenant.indicators.declarations.urls")),
    path("profils/", include("avenant.indicators.profiles.urls")),
    path("bilans/", include("avenant.indicators.consolidation.urls")),
    path("appels/", include("avenant.funding.calls.urls")),
    path("dossiers/", include("avenant.funding.dossiers.urls")),
    path("aides/", include("avenant.funding.grants.urls")),
    path("suivi/", include("avenant.funding.reports.urls")),
    path("instruction/", include("avenant.funding.reviews.urls")),
    path("attribution/", include("avenant.funding.allocation.urls")),
    path("demonstration/", include("avenant.demo.urls")),
]

handler404 = "avenant.site.views.page_not_found"
handler500 = "avenant.site.views.server_error"
