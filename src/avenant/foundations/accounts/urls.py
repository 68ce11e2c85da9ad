from django.urls import path

from avenant.foundations.accounts.views import entrance, mine, people

app_name = "accounts"
urlpatterns = [
    path("", mine.account, name="account"),
    path("organisme", entrance.choose_membership, name="choose-membership"),
    path("invitation/<str:token>", entrance.accept_invitation, name="accept-invitation"),
    path("reprise", entrance.resume, name="resume"),
    path("reprise/oublier", entrance.forget, name="forget"),
    path("sessions/<int:number>/fermer", mine.close_session, name="close-session"),
    path("sessions/autres/fermer", mine.close_other_sessions, name="close-other-sessions"),
    path("delegations", mine.delegate, name="delegate"),
    path("delegations/<uuid:delegation_id>/retirer", mine.end_delegation, name="end-delegation"),
    path("jetons", mine.api_tokens, name="tokens"),
    path("jetons/<uuid:token_id>/revoquer", mine.revoke_token, name="revoke-token"),
    path("personnes", people.people, name="people"),
    path("personnes/export/<str:form>", people.export_people, name="export-people"),
    path("personnes/inviter", people.invite, name="invite"),
    path("personnes/invitations/<uuid:invitation_id>/renvoyer", people.send_again, name="send-again"),
    path("personnes/invitations/<uuid:invitation_id>/retirer", people.revoke_invitation, name="revoke-invitation"),
    path("personnes/demandes/<uuid:proposal_id>", people.answer_proposal, name="answer-proposal"),
    path("personnes/<uuid:membership_id>", people.person, name="person"),
    path("personnes/<uuid:membership_id>/second-facteur", people.reset_second_factor, name="reset-second-factor"),
    path("personnes/<uuid:membership_id>/fermer", people.close_account, name="close-account"),
    path("personnes/<uuid:membership_id>/rouvrir", people.reopen_account, name="reopen-account"),
    path("securite", people.security_log, name="security-log"),
    path("securite/export/<str:form>", people.export_security_log, name="export-security-log"),
]
