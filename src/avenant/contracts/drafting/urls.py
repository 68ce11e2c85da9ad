from django.urls import include, path

from avenant.contracts.drafting.views import contracts, promises

app_name = "drafting"
one_contract = [
    path("", contracts.contract, name="contract"),
    path("/signature", contracts.sign, name="sign"),
    path("/confirmer", contracts.confirm, name="confirm"),
    path("/mode-operatoire", contracts.operating_mode, name="operating-mode"),
    path("/mode-operatoire/accord", contracts.agree, name="agree"),
    path("/indicateurs/ajouter", promises.add, name="add-indicator"),
    path("/indicateurs/<int:promise_id>", promises.promise, name="promise"),
    path("/indicateurs/<int:promise_id>/retirer", promises.remove, name="remove"),
]
urlpatterns = [
    path("", contracts.contracts, name="contracts"),
    path("exporter/<slug:form>", contracts.export, name="export"),
    path("<uuid:contract_id>", include(one_contract)),
]
