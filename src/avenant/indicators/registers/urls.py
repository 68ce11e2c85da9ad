from django.urls import path

from avenant.indicators.registers.views import blind, register, structures

app_name = "registers"
urlpatterns = [
    path("", register.register, name="register"),
    path("inscrire", register.add, name="add"),
    path("importer", register.import_actions, name="import"),
    path("importer/confirmer", register.confirm_actions, name="import-confirm"),
    path("modele.xlsx", register.template, name="template"),
    path("export.<slug:form>", register.export, name="export"),
    path("<uuid:action_id>/retirer", register.strike, name="strike"),
    path("structures", structures.structures, name="structures"),
    path("structures/inscrire", structures.add, name="structure-add"),
    path("structures/export.<slug:form>", structures.export, name="structures-export"),
    path("structures/<uuid:structure_id>", structures.structure, name="structure"),
    path("structures/<uuid:structure_id>/grille", structures.attach_grid, name="structure-grid"),
    path("structures/<uuid:structure_id>/demarche", structures.tell_transformation, name="structure-transformation"),
    path("structures/<uuid:structure_id>/retirer", structures.withdraw, name="structure-withdraw"),
    path("listes", register.lists, name="lists"),
    path("listes/importer", register.import_list, name="list-import"),
    path("listes/importer/confirmer", register.confirm_list, name="list-confirm"),
    path("listes/compte-neutre", blind.ask, name="blind-ask"),
    path("listes/comptes-neutres/<uuid:count_id>", blind.blind_count, name="blind"),
    path("listes/comptes-neutres/<uuid:count_id>/liste-masquee", blind.blinded, name="blinded"),
    path("listes/<uuid:list_id>", register.listing, name="list"),
    path("listes/<uuid:list_id>/<slug:verb>", register.act_on_list, name="list-act"),
]
