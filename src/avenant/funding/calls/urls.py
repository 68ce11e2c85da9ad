from django.urls import path

from avenant.funding.calls.views import consultants, preparing, public

app_name = "calls"
urlpatterns = [
    path("", public.calls, name="calls"),
    path("dispositifs-aides.csv", public.aid_table, name="aid-table"),
    path("glossaire", public.glossary, name="glossary"),
    path("modeles/<uuid:callfile_id>", public.model, name="model"),
    path("consultants", consultants.consultants, name="consultants"),
    path("consultants/export.<slug:form>", consultants.export, name="consultants-export"),
    path("consultants/annuaire", consultants.keep, name="keep-consultants"),
    path("consultants/<uuid:consultant_id>/clore", consultants.end, name="end-consultant"),
    path("preparation/", preparing.preparations, name="preparations"),
    path("preparation/nouveau", preparing.prepare, name="prepare"),
    path("preparation/<uuid:call_id>", preparing.preparation, name="preparation"),
    path("preparation/<uuid:call_id>/parametres", preparing.parameters, name="parameters"),
    path("preparation/<uuid:call_id>/options", preparing.tell_options, name="options"),
    path("preparation/<uuid:call_id>/incident", preparing.incident, name="incident"),
    path("preparation/<uuid:call_id>/modeles", preparing.put_up, name="put-up"),
    path("preparation/<uuid:call_id>/lien", preparing.link, name="link"),
    path("preparation/<uuid:call_id>/consultation", preparing.consult, name="consult"),
    path("preparation/<uuid:call_id>/comite", preparing.to_committee, name="to-committee"),
    path("preparation/<uuid:call_id>/avis-du-comite", preparing.advise, name="advise"),
    path("preparation/<uuid:call_id>/valider", preparing.validate, name="validate"),
    path("preparation/<uuid:call_id>/reprendre", preparing.resume, name="resume"),
    path("preparation/<uuid:call_id>/publier", preparing.publish, name="publish"),
    path("preparation/<uuid:call_id>/prolonger", preparing.extend, name="extend"),
    path("questions/<uuid:callquestion_id>", preparing.answer, name="answer"),
    path("<slug:key>", public.call, name="call"),
    path("<slug:key>.json", public.call_data, name="call-json"),
    path("<slug:key>/versions/<int:version>", public.version_page, name="version"),
    path("<slug:key>/versions/<int:version>.json", public.version_data, name="version-json"),
    path("<slug:key>/question", public.ask, name="ask"),
]
