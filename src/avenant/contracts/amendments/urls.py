from django.urls import path

from avenant.contracts.amendments.views import acts, contents, ending

app_name = "amendments"
urlpatterns = [
    path("<uuid:contract_id>/avenants", ending.amendments, name="amendments"),
    path("<uuid:contract_id>/avenants/nouveau", acts.new, name="new"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>", acts.amendment, name="amendment"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/clause", contents.change, name="change"),
    path(
        "<uuid:contract_id>/avenants/<uuid:amendment_id>/clause/<int:change_id>/retirer",
        contents.withdraw_change,
        name="withdraw-change",
    ),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/cibles", contents.retarget, name="retarget"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/indicateur", contents.indicator, name="indicator"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/retrait", contents.end_indicator, name="end-indicator"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/annexe", contents.annex, name="annex"),
    path(
        "<uuid:contract_id>/avenants/<uuid:amendment_id>/<slug:what>/<int:row_id>/retirer",
        contents.leave,
        name="leave",
    ),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/preuve.json", acts.proof, name="proof"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/partie", contents.party, name="party"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/ouvrir", acts.open_to_signature, name="open"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/reprendre", acts.resume, name="resume"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/abandonner", acts.withdraw, name="withdraw"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/exemplaire.pdf", acts.copy, name="copy"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/deposer", acts.deposit, name="deposit"),
    path("<uuid:contract_id>/difficultes", ending.difficulty, name="difficulty"),
    path("<uuid:contract_id>/difficultes/<int:difficulty_id>/demarche", ending.step, name="step"),
    path("<uuid:contract_id>/difficultes/<int:difficulty_id>/issue", ending.outcome, name="outcome"),
    path("<uuid:contract_id>/decisions-de-justice", ending.ruling, name="ruling"),
    path("<uuid:contract_id>/denonciation", ending.denounce, name="denounce"),
    path("<uuid:contract_id>/denonciation/lettres/<int:letter_id>", ending.receipt, name="receipt"),
]
