from django.urls import path

from avenant.funding.reviews.views import aids, checks, desk, exchanges, grid, instruction, opinions, supplements

app_name = "reviews"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("export.<slug:form>", desk.export_desk, name="export"),
    path("ouvrir", desk.open_waiting, name="open-waiting"),
    path("appels/<slug:key>/classement", desk.ranking, name="ranking"),
    path("appels/<slug:key>/classement.<slug:form>", desk.export_ranking, name="export-ranking"),
    path("aides", aids.aids, name="aids"),
    path("aides.<slug:form>", aids.export_aids, name="export-aids"),
    path("aides/declarer", aids.declare_aid, name="declare-aid"),
    path("dossiers/<uuid:dossier_id>", instruction.instruction, name="instruction"),
    path("dossiers/<uuid:dossier_id>/ouvrir", instruction.open_one, name="open"),
    path("dossiers/<uuid:dossier_id>/attribuer", instruction.assign, name="assign"),
    path("dossiers/<uuid:dossier_id>/etiquettes", instruction.label, name="label"),
    path("dossiers/<uuid:dossier_id>/perimetre", instruction.scope, name="scope"),
    path("dossiers/<uuid:dossier_id>/categorie", instruction.category, name="category"),
    path("dossiers/<uuid:dossier_id>/examens", instruction.ask_examination, name="ask-examination"),
    path("examens/<uuid:examination_id>", instruction.give_examination, name="give-examination"),
    path("dossiers/<uuid:dossier_id>/conclure", instruction.conclude, name="conclude"),
    path("dossiers/<uuid:dossier_id>/rouvrir", instruction.reopen, name="reopen"),
    path("dossiers/<uuid:dossier_id>/interet", instruction.declare_interest, name="interest"),
    path(
        "dossiers/<uuid:dossier_id>/interet/<uuid:interest_id>/lever", instruction.lift_interest, name="lift-interest"
    ),
    path("dossiers/<uuid:dossier_id>/rejet.pdf", instruction.rejection_letter, name="rejection-letter"),
    path("dossiers/<uuid:dossier_id>/avis", opinions.opinions, name="opinions"),
    path("dossiers/<uuid:dossier_id>/avis/rendre", opinions.give, name="give-opinion"),
    path("dossiers/<uuid:dossier_id>/avis/reprendre", opinions.take_back, name="take-opinion-back"),
    path("dossiers/<uuid:dossier_id>/avis/clore", opinions.close, name="close-round"),
    path("dossiers/<uuid:dossier_id>/avis/delai", opinions.move_due, name="move-due"),
    path("dossiers/<uuid:dossier_id>/avis/comite", opinions.record_collegial, name="collegial"),
    path("dossiers/<uuid:dossier_id>/grille", grid.grid, name="grid"),
    path("dossiers/<uuid:dossier_id>/controles", checks.checks, name="checks"),
    path("dossiers/<uuid:dossier_id>/controles/trancher", checks.settle_double, name="settle-double"),
    path("dossiers/<uuid:dossier_id>/controles/regarder", checks.settle_unlined, name="settle-unlined"),
    path("dossiers/<uuid:dossier_id>/complements", supplements.list_them, name="supplements"),
    path("dossiers/<uuid:dossier_id>/complements/demander", supplements.ask, name="ask-supplement"),
    path("complements/<uuid:supplement_id>", supplements.supplement, name="supplement"),
    path("complements/<uuid:supplement_id>/accepter", supplements.accept, name="accept-supplement"),
    path("complements/<uuid:supplement_id>/redemander", supplements.ask_again, name="return-supplement"),
    path("complements/<uuid:supplement_id>/sans-reponse", supplements.lapse, name="lapse-supplement"),
    path("dossiers/<uuid:dossier_id>/echanges", exchanges.page, name="exchanges"),
    path("echanges/<uuid:thread_id>/repondre", exchanges.reply, name="reply"),
    path("dossiers/<uuid:dossier_id>/notes", exchanges.note, name="note"),
]
