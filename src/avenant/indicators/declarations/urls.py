from django.urls import path

from avenant.indicators.declarations.views import control, entry

app_name = "declarations"
urlpatterns = [
    path("", entry.mine, name="mine"),
    path("<uuid:declaration_id>", control.declaration, name="declaration"),
    path("parts/<uuid:part_id>", entry.part, name="part"),
    path("parts/<uuid:part_id>/saisie", entry.save_all, name="save-all"),
    path("parts/<uuid:part_id>/saisie/<uuid:definition_id>", entry.save_one, name="save-one"),
    path("parts/<uuid:part_id>/transmettre", entry.submit, name="submit"),
    path("parts/<uuid:part_id>/renvoyer", control.send_back, name="return"),
    path("parts/<uuid:part_id>/remarques", control.remark, name="remark"),
    path("parts/<uuid:part_id>/valider", control.validate, name="validate"),
    path("parts/<uuid:part_id>/rouvrir", control.reopen, name="reopen"),
    path("parts/<uuid:part_id>/historique/<uuid:definition_id>", control.versions, name="versions"),
    path("questions/<uuid:question_id>", entry.answer, name="answer"),
    path("transmissions/<uuid:submission_id>", control.receipt, name="receipt"),
]
