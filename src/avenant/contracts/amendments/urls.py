from django.urls import path

from avenant.contracts.amendments import views

app_name = "amendments"
urlpatterns = [
    path("<uuid:contract_id>/avenants", views.amendments, name="amendments"),
    path("<uuid:contract_id>/avenants/nouveau", views.new, name="new"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>", views.amendment, name="amendment"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/clause", views.change, name="change"),
    path(
        "<uuid:contract_id>/avenants/<uuid:amendment_id>/clause/<int:change_id>/retirer",
        views.withdraw_change,
        name="withdraw-change",
    ),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/cibles", views.retarget, name="retarget"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/partie", views.party, name="party"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/ouvrir", views.open_to_signature, name="open"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/reprendre", views.resume, name="resume"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/abandonner", views.withdraw, name="withdraw"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/exemplaire.pdf", views.copy, name="copy"),
    path("<uuid:contract_id>/avenants/<uuid:amendment_id>/deposer", views.deposit, name="deposit"),
    path("<uuid:contract_id>/difficultes", views.difficulty, name="difficulty"),
    path("<uuid:contract_id>/difficultes/<int:difficulty_id>/demarche", views.step, name="step"),
    path("<uuid:contract_id>/difficultes/<int:difficulty_id>/issue", views.outcome, name="outcome"),
    path("<uuid:contract_id>/denonciation", views.denounce, name="denounce"),
    path("<uuid:contract_id>/denonciation/lettres/<int:letter_id>", views.receipt, name="receipt"),
]
