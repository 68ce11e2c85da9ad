"""The administrator's pages: invitations, roles, leavers, delegations, tokens, the security log."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core import mail
from django.core.management import call_command
from django.http import Http404
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from tests.apps.foundations.accounts.conftest import NOON, PASSWORD, sign_in, signed_in, with_password
from tests.support.cast import Cast, actor
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.accounts import selectors, services, tokens
from avenant.foundations.accounts.models import Delegation, Invitation, Proposal, SecurityEntry, User
from avenant.foundations.accounts.services import invitations, people, unused
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership

pytestmark = pytest.mark.django_db
NOW = NOON
TODAY = NOW.date()
LONGER = "une phrase bien assez longue"


def journal(who: Actor) -> list[tuple[str, str]]:
    with acting_as(who):
        rows = Event.objects.filter(verb__startswith="accounts.").order_by("at", "pk")
        return [(row.verb.removeprefix("accounts."), row.reason) for row in rows]


def ask_in(administrator: Actor, email: str = "neuf@example.org", **more: Any) -> Invitation:
    said: dict[str, Any] = {
        "email": email, "name": "Neuf", "roles": {Role.READER}, "unit_id": None, "starts_on": TODAY, "ends_on": None,
    } | more  # fmt: skip
    with acting_as(administrator):
        return invitations.invite(actor=administrator, at=said.pop("at", timezone.now()), **said)


def deliver(row: Invitation) -> bool:
    with as_system():
        return invitations.send(invitation_id=row.pk, occurrence=row.occurrence, at=timezone.now())


def link(row: Invitation) -> str:
    return f"/compte/invitation/{invitations.sign(row)}"


FORM = {"name": "Neuf Démo", "password": LONGER, "again": LONGER}


# -- invitations -----------------------------------------------------------------------------------------------------


def test_an_invitation_opens_an_account_once(administrator: Actor) -> None:
    row = ask_in(administrator, roles={Role.READER, Role.SERVICE_CONTRIBUTOR})
    assert deliver(row)
    assert deliver(row)  # run twice, the job sends one e-mail
    assert len(mail.outbox) == 1
    sent, _, _ = link(row).partition(":")  # what follows tells the second at which it was signed
    assert sent in mail.outbox[0].body
    guest = Client(SERVER_NAME="localhost")
    assert "contributeur du service, lecteur" in guest.get(link(row)).content.decode().replace(
        "lecteur, contributeur du service", "contributeur du service, lecteur"
    )
    assert guest.post(link(row), FORM | {"again": "autre"}).status_code == 422
    assert guest.post(link(row), FORM).headers["Location"] == "/compte/connexion"
    person = User.objects.get(email="neuf@example.org")
    assert sign_in(person, LONGER).status_code == 302
    replayed = guest.post(link(row), FORM)
    assert replayed.status_code == 409
    assert "a déjà servi" in replayed.content.decode()
    assert [verb for verb, _ in journal(administrator)] == ["invited", "invitation-accepted"]


@pytest.mark.parametrize(("seconds", "opens"), [(-1, True), (0, False), (1, False)])
def test_a_link_serves_seven_days(administrator: Actor, seconds: int, opens: bool) -> None:
    row = ask_in(administrator, at=NOW)
    at = NOW + invitations.LIFE + timedelta(seconds=seconds)
    if opens:
        assert invitations.find_invitation(invitations.sign(row), at=at) == row
    else:
        with pytest.raises(DomainError, match="n’est plus valable"):
            invitations.find_invitation(invitations.sign(row), at=at)


def test_sending_again_or_revoking_ends_the_former_link(administrator: Actor) -> None:
    row = ask_in(administrator)
    former = link(row)
    with acting_as(administrator):
        row = invitations.send_again(actor=administrator, invitation_id=row.pk, at=timezone.now())
    guest = Client(SERVER_NAME="localhost")
    assert guest.get(former).status_code == 409
    assert guest.get(link(row)).status_code == 200
    assert guest.get(f"{link(row)}x").status_code == 409  # a signature that was touched
    with acting_as(administrator):
        invitations.revoke_invitation(actor=administrator, invitation_id=row.pk, at=timezone.now())
    assert guest.get(link(row)).status_code == 409


def test_a_silent_mail_server_keeps_the_invitation(administrator: Actor, settings: LazySettings) -> None:
    row = ask_in(administrator)
    real, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.apps.foundations.accounts.silent.Backend"
    assert not deliver(row)
    browser = signed_in(administrator)
    assert "envoi impossible" in browser.get("/compte/personnes").content.decode()
    settings.EMAIL_BACKEND = real
    browser.post(f"/compte/personnes/invitations/{row.pk}/renvoyer")
    row.refresh_from_db()
    assert deliver(row)
    assert "envoi impossible" not in browser.get("/compte/personnes").content.decode()


def test_who_decides_gives_fourteen_characters(administrator: Actor) -> None:
    row = ask_in(administrator, roles={Role.SERVICE_MANAGER})
    short = {"name": "Neuf", "password": "treize lettr9", "again": "treize lettr9"}
    assert "quatorze" in Client(SERVER_NAME="localhost").post(link(row), short).content.decode()


def test_an_account_that_exists_gains_an_organisation(administrator: Actor, cast: Cast) -> None:
    known = with_password(cast.labour)
    row = ask_in(administrator, known.email)
    guest = Client(SERVER_NAME="localhost")
    assert "a déjà un compte" in guest.get(link(row)).content.decode()
    guest.post(link(row))
    assert len(selectors.list_memberships(known.pk, on=timezone.localdate())) == 2
    assert sign_in(known, PASSWORD).status_code == 302  # its password has not changed


def test_only_the_administrator_invites_and_into_their_own_organisation(administrator: Actor, cast: Cast) -> None:
    with acting_as(cast.service), pytest.raises(Refused, match="administrateur"):
        ask_in(cast.service)
    row = ask_in(administrator)
    with as_system():
        stranger = actor(cast.organisation("dreets-paca"), "Autre administrateur", Role.ADMINISTRATOR)
    other = signed_in(stranger)
    assert other.post(f"/compte/personnes/invitations/{row.pk}/retirer").status_code == 404
    assert other.get(f"/compte/personnes/{administrator.membership_id}").status_code == 404
    assert signed_in(cast.service).get("/compte/personnes").status_code == 403


def test_an_address_waits_for_one_invitation_at_a_time(administrator: Actor) -> None:
    ask_in(administrator)
    with pytest.raises(DomainError, match="déjà une invitation en attente"):
        ask_in(administrator, "Neuf@Example.org")


def test_the_first_administrator_is_invited_from_the_command_line(cast: Cast) -> None:
    with as_system():
        call_command("invite_administrator", "satdl", "premiere@example.org", verbosity=0)
    row = Invitation.objects.get()
    assert (row.roles, row.invited_by) == (["administrator"], None)


def test_an_administrator_gives_the_roles_of_their_kind_of_organisation_only(administrator: Actor) -> None:
    for foreign in (Role.LABOUR_LEAD, Role.FUND_CORRESPONDENT, Role.SYSTEM):
        with pytest.raises(Refused, match="pas celui d’un organisme"):
            ask_in(administrator, roles={foreign})
    page = signed_in(administrator).get("/compte/personnes/inviter").content.decode()
    assert "Responsable du CPOM du service" in page
    assert "Pilote des CPOM" not in page


# -- roles, leavers, second factor -----------------------------------------------------------------------------------


def change(administrator: Actor, who: Actor, **said: Any) -> Membership:
    given: dict[str, Any] = {
        "roles": set(who.roles), "unit_id": None, "starts_on": date(2020, 1, 1), "ends_on": None,
        "at": NOW, "today": TODAY,
    } | said  # fmt: skip
    with acting_as(administrator):
        return people.change_membership(actor=administrator, membership_id=who.membership_id, **given)  # type: ignore[arg-type]


def test_a_leaver_is_out_at_once(administrator: Actor, cast: Cast, person: User) -> None:
    now = timezone.now()
    browser = sign_in(person).client
    token, secret = tokens.issue(actor=cast.service, label="Logiciel", scope="read", at=now)
    assert browser.get("/").status_code == 200
    change(administrator, cast.service, ends_on=timezone.localdate(), at=now, today=timezone.localdate())
    assert browser.get("/").headers["Location"].startswith("/compte/connexion")
    assert tokens.actor_of(secret, scope="read", at=now) is None
    token.refresh_from_db()
    assert token.revoked_at == now


@pytest.mark.parametrize(("day", "works"), [(date(2026, 3, 1), True), (date(2026, 3, 2), False)])
def test_the_end_of_a_membership_is_excluded(administrator: Actor, cast: Cast, day: date, works: bool) -> None:
    change(administrator, cast.service, ends_on=date(2026, 3, 2), today=date(2026, 2, 1))
    assert bool(selectors.list_memberships(cast.service.person_id, on=day)) is works


def test_an_organisation_keeps_an_administrator(administrator: Actor, cast: Cast) -> None:
    for said in ({"ends_on": date(2027, 1, 1)}, {"roles": {Role.READER}}):
        with pytest.raises(Refused, match="dernier administrateur"):
            change(administrator, administrator, **said)
    change(administrator, cast.reader, roles={Role.ADMINISTRATOR})
    change(administrator, administrator, ends_on=date(2027, 1, 1))
    with pytest.raises(Refused, match="dernier administrateur"):
        change(administrator, cast.reader, roles={Role.READER})


def test_a_lost_second_factor_is_reset_with_a_reason(administrator: Actor, cast: Cast, person: User) -> None:
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    browser = signed_in(administrator)
    address = f"/compte/personnes/{cast.service.membership_id}/second-facteur"
    assert browser.post(address, {"reason": " "}).status_code == 403
    assert Authenticator.objects.filter(user=person).exists()
    browser.post(address, {"reason": "Téléphone perdu, reconnu de vive voix."})
    assert not Authenticator.objects.filter(user=person).exists()
    assert ("second-factor-reset", "Téléphone perdu, reconnu de vive voix.") in journal(administrator)
    own = f"/compte/personnes/{administrator.membership_id}/second-facteur"
    assert browser.post(own, {"reason": "Le mien."}).status_code == 403


def test_an_account_is_closed_and_opened_again(administrator: Actor, cast: Cast, person: User) -> None:
    address = f"/compte/personnes/{cast.service.membership_id}"
    opened, browser = sign_in(person).client, signed_in(administrator)
    browser.post(f"{address}/fermer", {"reason": "Départ."})
    assert opened.get("/").status_code == 302
    assert sign_in(person).headers["Location"] == "/compte/ferme"
    browser.post(f"{address}/rouvrir")
    assert sign_in(person).headers["Location"] == "/"


@pytest.mark.parametrize(("days", "warned", "closed"), [(300, 0, 0), (340, 1, 0), (400, 1, 1)])
def test_an_account_nobody_uses_is_told_then_closed(
    cast: Cast, person: User, days: int, warned: int, closed: int
) -> None:
    User.objects.update(last_login=NOW)
    User.objects.filter(pk=person.pk).update(last_login=NOW - timedelta(days=days))
    with as_system():
        assert unused.warn_unused_accounts(at=NOW - timedelta(days=28)) == (1 if days - 28 > 334 else 0)
        User.objects.filter(pk=person.pk).update(warned_at=NOW - timedelta(days=28) if warned else None)
        assert unused.close_unused_accounts(at=NOW - timedelta(seconds=1)) == 0  # not a month after the warning
        assert unused.close_unused_accounts(at=NOW) == closed
    person.refresh_from_db()
    assert person.is_active is not bool(closed)


def test_the_last_administrator_is_not_closed(administrator: Actor) -> None:
    User.objects.update(last_login=NOW)
    User.objects.filter(pk=administrator.person_id).update(
        last_login=NOW - timedelta(days=800), warned_at=NOW - timedelta(days=60)
    )
    with as_system():
        assert unused.close_unused_accounts(at=NOW) == 0


# -- delegations -----------------------------------------------------------------------------------------------------


def lend(lender: Actor, borrower: Actor, *roles: Role, **said: Any) -> Delegation:
    given: dict[str, Any] = {
        "starts_on": date(2026, 3, 5), "ends_on": date(2026, 3, 10), "at": NOW, "today": TODAY
    } | said  # fmt: skip
    with acting_as(lender):
        return people.lend_roles(
            actor=lender,
            borrower_id=borrower.membership_id,
            roles=roles,
            **given,  # type: ignore[arg-type]
        )


def acting_on(who: Actor, day: date) -> Actor:
    (membership,) = selectors.list_memberships(who.person_id, on=day)
    return Actor.of(membership, lent=selectors.loans_of(membership))


@pytest.mark.parametrize(("day", "lent"), [(4, False), (5, True), (9, True), (10, False)])
def test_a_role_is_lent_between_two_days(cast: Cast, day: int, lent: bool) -> None:
    lend(cast.service, cast.contributor, Role.SERVICE_MANAGER)
    who = acting_on(cast.contributor, date(2026, 3, day))
    assert who.has(Role.SERVICE_MANAGER) is lent
    assert who.by_delegation_of == ("Responsable CPOM" if lent else "")


def test_what_is_done_by_delegation_says_so(cast: Cast) -> None:
    lend(cast.service, cast.contributor, Role.SERVICE_MANAGER)
    who = acting_on(cast.contributor, date(2026, 3, 5))
    with acting_as(who):
        people.note(who, "essai", "Un acte", at=NOW)
        assert Event.objects.get(verb="accounts.essai").evidence == {"by_delegation_of": "Responsable CPOM"}


def test_one_lends_what_one_holds_to_a_colleague_a_year_at_most(cast: Cast) -> None:
    with pytest.raises(Refused, match="ne tenez pas vous-même"):
        lend(cast.contributor, cast.service, Role.SERVICE_MANAGER)
    with pytest.raises(Http404):
        lend(cast.service, cast.labour, Role.SERVICE_MANAGER)
    with pytest.raises(Refused, match="un an au plus"):
        lend(cast.service, cast.contributor, Role.SERVICE_MANAGER, ends_on=date(2027, 3, 7))
    lend(cast.service, cast.contributor, Role.SERVICE_MANAGER, ends_on=date(2027, 3, 6))


def test_a_loan_ends_with_its_lender_and_when_it_is_taken_back(administrator: Actor, cast: Cast) -> None:
    row = lend(cast.service, cast.contributor, Role.SERVICE_MANAGER)
    day = date(2026, 3, 6)
    change(administrator, cast.service, ends_on=day)
    assert not acting_on(cast.contributor, day).lent
    change(administrator, cast.service)
    assert acting_on(cast.contributor, day).lent
    with acting_as(cast.service):
        people.end_delegation(actor=cast.service, delegation_id=row.pk, at=NOW)
    assert not acting_on(cast.contributor, day).lent
    assert [verb for verb, _ in journal(cast.service)].count("delegation") == 1


# -- tokens ----------------------------------------------------------------------------------------------------------


def api(secret: str) -> int:
    return Client(SERVER_NAME="localhost").get("/api/v1/campaigns", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code


def test_a_token_is_shown_once_and_its_accesses_are_noted(cast: Cast) -> None:
    browser = signed_in(cast.service)
    page = browser.post("/compte/jetons", {"label": "Logiciel", "scope": "read", "days": "30"}).content.decode()
    secret = page.partition("<code>")[2].partition("</code>")[0]
    assert secret.startswith("avn_")
    later = browser.get("/compte/jetons").content.decode()
    assert secret not in later
    assert "jamais" in later
    with as_system():
        SecurityEntry.objects.all().delete()
    path = next(iter(_api_paths()))
    call = lambda: Client(SERVER_NAME="localhost").get(path, HTTP_AUTHORIZATION=f"Bearer {secret}")  # noqa: E731
    assert call().status_code < 400
    call()
    token = tokens.list_mine(cast.service).get()
    assert token.last_used_at is not None
    browser.post(f"/compte/jetons/{token.pk}/revoquer")
    assert call().status_code == 401  # replayed after its revocation
    assert call().status_code == 401
    with as_system():
        noted = list(SecurityEntry.objects.order_by("pk").values_list("action", "person_id", "page"))
    assert noted == [("view", cast.service.person_id, path), ("refused", cast.service.person_id, path)]


def _api_paths() -> list[str]:
    from avenant.site.api import api as described

    schema = described.get_openapi_schema()
    return [path for path, verbs in schema["paths"].items() if "get" in verbs and "{" not in path]


def test_nobody_revokes_the_token_of_another(cast: Cast) -> None:
    token, _ = tokens.issue(actor=cast.service, label="Logiciel", scope="read", at=timezone.now())
    assert signed_in(cast.contributor).post(f"/compte/jetons/{token.pk}/revoquer").status_code == 404


# -- lists -----------------------------------------------------------------------------------------------------------


def test_the_people_are_filtered_sorted_and_exported(administrator: Actor, cast: Cast) -> None:
    change(administrator, cast.reader, ends_on=date(2021, 1, 1))
    browser = signed_in(administrator)
    page = browser.get("/compte/personnes?tri=-nom").content.decode()
    assert page.index("Responsable CPOM</a>") < page.index("Administratrice</a>")
    assert "4 personnes" in page
    assert "2 personnes" not in browser.get("/compte/personnes?etat=parti").content.decode()
    filtered = "/compte/personnes/export/csv?role=service_manager"
    exported = browser.get(filtered).content.decode("utf-8-sig").splitlines()
    assert len(exported) == 2
    assert exported[1].startswith("Responsable CPOM;")
    assert browser.get("/compte/personnes/export/xlsx").content.startswith(b"PK")
    assert "Pilote" not in page


def test_the_security_log_shows_my_people_only(administrator: Actor, cast: Cast) -> None:
    for who, page in ((cast.service, "/contrats/du-service"), (cast.labour, "/contrats/de-la-direction")):
        services.log_access(SecurityEntry.Action.EXPORT, actor=who, page=page, address="", at=timezone.now())
    browser = signed_in(administrator)
    shown = browser.get("/compte/securite").content.decode()
    assert "/contrats/du-service" in shown
    assert "/contrats/de-la-direction" not in shown
    assert "/contrats/du-service" not in browser.get("/compte/securite?nature=refused").content.decode()
    exported = browser.get("/compte/securite/export/csv?q=contrats").content.decode("utf-8-sig")
    assert "/contrats/du-service" in exported
    assert signed_in(cast.service).get("/compte/securite").status_code == 403


def test_the_security_log_names_the_file_and_what_an_export_is_for(administrator: Actor, cast: Cast) -> None:
    contract = Story(cast).contract
    services.log_access(
        SecurityEntry.Action.EXPORT, actor=cast.service, page="/x", address="", at=timezone.now(),
        space=contract.circle_id, purpose="Audit interne",
    )  # fmt: skip
    browser = signed_in(administrator)
    shown = browser.get("/compte/securite", {"q": contract.title, "tri": "dossier"}).content.decode()
    assert "1 entrée" in shown
    assert escape(contract.title) in shown
    assert "Audit interne" in shown
    (_, line) = browser.get("/compte/securite/export/csv").content.decode("utf-8-sig").splitlines()
    assert "Audit interne" in line
    assert contract.title in line


def test_the_day_somebody_acknowledged_secrecy_is_told_by_who_knows(administrator: Actor, cast: Cast) -> None:
    selectors.tell_acknowledgements(lambda _, asked: dict.fromkeys(asked, date(2026, 2, 3)))
    try:
        assert "3 février 2026" in signed_in(administrator).get("/compte/personnes").content.decode()
    finally:
        selectors._acknowledgements.clear()


def test_a_proposal_waits_for_the_administrator(administrator: Actor, cast: Cast) -> None:
    guest = User.objects.create_user(email="agent@example.org", name="Agent")
    organisation = cast.organisation("satdl")
    rows = [
        Proposal.objects.create(person=guest, organisation=organisation, siret="1" * 14, proposed_at=NOW)
        for _ in range(1)
    ]
    browser = signed_in(administrator)
    assert "agent@example.org" in browser.get("/compte/personnes").content.decode()
    waiting = Client(SERVER_NAME="localhost")
    waiting.force_login(guest)
    assert "n’appartient à aucun organisme" in waiting.get("/").content.decode()
    browser.post(
        f"/compte/personnes/demandes/{rows[0].pk}", {f"{rows[0].pk.hex}-roles": ["reader"], "answer": "confirm"}
    )
    assert waiting.get("/").status_code == 200
    assert isinstance(rows[0].proposed_at, datetime)
