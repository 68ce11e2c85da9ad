from django.urls import path

from avenant.funding.calls.views import preparing, public

app_name = "calls"
urlpatterns = [
    path("", public.calls, name="calls"),
    path("preparation/", preparing.preparations, name="preparations"),
    path("preparation/nouveau", preparing.prepare, name="prepare"),
    path("preparation/<uuid:call_id>", preparing.preparation, name="preparation"),
    path("preparation/<uuid:call_id>/parametres", preparing.parameters, name="parameters"),
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
    path("<slug:key>/question", public.ask, name="ask"),
]
