from django.urls import path

from avenant.foundations.secrecy.views import notice, retention, space

app_name = "secrecy"
urlpatterns = [
    path("reponses", notice.answers, name="answers"),
    path("reponses/export/<str:form>", notice.export_answers, name="export-answers"),
    path("reponses/<uuid:acknowledgement_id>/redemander", notice.withdraw, name="withdraw"),
    path("conservation", retention.retention, name="retention"),
    path("conservation/export/<str:form>", retention.export_eliminations, name="export-eliminations"),
    path("conservation/<slug:category>/viser", retention.approve, name="approve"),
    path("audits/<uuid:auditright_id>/terminer", space.end_audit, name="end-audit"),
    path("politiques/<uuid:securitypolicy_id>", space.read, name="security-policy"),
    path("politiques/<uuid:securitypolicy_id>/partager", space.share, name="share"),
    path("<uuid:circle_id>", space.space, name="space"),
    path("<uuid:circle_id>/notice", notice.notice, name="notice"),
    path("<uuid:circle_id>/finalite", notice.choose_purpose, name="purpose"),
    path("<uuid:circle_id>/lever", space.declassify, name="declassify"),
    path("<uuid:circle_id>/audits", space.open_audit, name="open-audit"),
    path("<uuid:circle_id>/politiques", space.deposit, name="deposit"),
]
