from django.urls import path

from avenant.contracts.commitments.views import balances, exchanges, lines, registers

app_name = "commitments"
PARTY_LINE = "<uuid:contract_id>/engagements/<slug:clause_key>/<int:party_id>/<int:year>"
YEAR = "<uuid:contract_id>/engagements/bilan/<int:year>"
urlpatterns = [
    path("engagements", registers.mine, name="mine"),
    path("engagements.<slug:form>", registers.export_mine, name="export-mine"),
    path("<uuid:contract_id>/engagements", registers.register, name="register"),
    path("<uuid:contract_id>/engagements.<slug:form>", registers.export, name="export"),
    path(YEAR, balances.balance, name="balance"),
    path(f"{YEAR}.pdf", balances.printed, name="printed-balance"),
    path(f"{YEAR}/exporter/<slug:form>", balances.export, name="export-balance"),
    path(f"{YEAR}/commenter", balances.comment, name="comment-year"),
    path(f"{YEAR}/arreter", balances.freeze, name="freeze"),
    path(f"{YEAR}/rouvrir", balances.reopen, name="reopen"),
    path("<uuid:contract_id>/engagements/preuves/<int:proof_id>/retirer", lines.withdraw, name="withdraw-proof"),
    path(PARTY_LINE, lines.line, name="commitment"),
    path(f"{PARTY_LINE}/declarer", lines.state, name="state"),
    path(f"{PARTY_LINE}/preuve", lines.add_proof, name="add-proof"),
    path(f"{PARTY_LINE}/remarque", lines.remark, name="remark"),
    path(f"{PARTY_LINE}/echeances", lines.settle_days, name="settle-days"),
    path("<uuid:contract_id>/echanges", exchanges.exchanges, name="exchanges"),
    path("<uuid:contract_id>/echanges.<slug:form>", exchanges.export, name="export-exchanges"),
    path("<uuid:contract_id>/expertises", exchanges.ask, name="ask-expertise"),
    path("<uuid:contract_id>/expertises.<slug:form>", exchanges.export_expertises, name="export-expertises"),
    path("<uuid:contract_id>/expertises/<int:expertise_id>/repondre", exchanges.answer, name="answer-expertise"),
]
