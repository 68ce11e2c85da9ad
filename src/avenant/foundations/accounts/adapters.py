"""How allauth works here: our words, our brake on passwords, our log; nobody opens an account alone."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from smtplib import SMTPException
from typing import Any, ClassVar, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from avenant.foundations import clock
from avenant.foundations.accounts import selectors, services
from avenant.foundations.accounts.middleware import STARTED, actor_of, start_session
from avenant.foundations.accounts.models import Proposal, SecurityEntry, User
from avenant.foundations.accounts.provider import ORIGIN
from avenant.foundations.doors import address_of, note_access

logger = logging.getLogger(__name__)
NOWHERE = "0.0.0.0"  # noqa: S104  an address that is not known
CHANGES = {
    "mfa/email/totp_activated": "Une application de codes a été ajoutée à votre compte",
    "mfa/email/totp_deactivated": "L’application de codes a été retirée de votre compte",
    "mfa/email/webauthn_added": "Une clé de sécurité a été ajoutée à votre compte",
    "mfa/email/webauthn_removed": "Une clé de sécurité a été retirée de votre compte",
    "mfa/email/recovery_codes_generated": "De nouveaux codes de secours ont été créés pour votre compte",
    "account/email/password_changed": "Le mot de passe de votre compte a été changé",
    "account/email/password_set": "Un mot de passe a été choisi pour votre compte",
    "account/email/password_reset": "Le mot de passe de votre compte a été changé",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in by e-mail and password, with the brake and the security log of the platform."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "L’adresse ou le mot de passe ne convient pas. Rien n’a été enregistré.",
        "too_many_login_attempts": "Trop d’essais en cinq minutes\u202f: réessayez dans quelques minutes.",
        "incorrect_code": "Ce code ne convient pas\u202f: attendez le suivant, ou vérifiez l’heure de votre téléphone.",
        "enter_current_password": "Ce n’est pas votre mot de passe actuel.",
        "incorrect_password": "Ce mot de passe ne convient pas.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an administrator invites."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that our own proxies tell."""
        return address_of(request) or NOWHERE

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """The password is not even read once there were too many failures."""
        decision = services.may_try_to_sign_in(credentials.get("email", ""), address_of(request))
        if not decision.allowed:
            note_access(request, SecurityEntry.Action.FAILED_SIGN_IN)
            raise ValidationError(decision.reason)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who it is; their failures from there are forgiven."""
        found: User | None = super().authenticate(request, **credentials)
        if found:
            services.forgive(credentials.get("email", ""), address_of(request))
        return found

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the failure and note it."""
        services.count_failure(credentials.get("email", ""), address_of(request))
        note_access(request, SecurityEntry.Action.FAILED_SIGN_IN)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Is this the password of the person signed in."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Who signed in a moment ago has just proved who they are."""
        started = context.request.session.get(STARTED, 0)
        fresh = timezone.now().timestamp() - started < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not fresh and bool(super().is_reauthentication_required(app=app, **options))

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session, all factors given."""
        super().login(request, user)
        start_session(request)
        note_access(request, SecurityEntry.Action.SIGN_IN, actor_of(request))

    def post_login(self, request: HttpRequest, user: User, **said: Any) -> HttpResponse:
        """The session is in the list of its person; say there which session of the provider opened it, if one did."""
        response: HttpResponse = super().post_login(request, user, **said)
        if origin := request.session.get(ORIGIN):
            opened = UserSession.objects.filter(session_key=request.session.session_key)
            opened.update(data={"proconnect": origin})
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The address of an e-mail by which a new password is chosen."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.ADDRESS}{path}"

    def send_mail(self, template_prefix: str, email: str, said: dict[str, Any]) -> None:
        """Send one of allauth's e-mails in our words; when the mail server is silent, say so and go on."""
        change = CHANGES.get(template_prefix, "")
        subject = change or "Choisir un nouveau mot de passe"
        template = "accounts/mail/change.txt" if change else "accounts/mail/password.txt"
        address = said.get("password_reset_url", settings.ADDRESS)
        text = render_to_string(template, {"change": change, "address": address})
        try:
            send_mail(subject, text, None, [email])
        except (OSError, SMTPException):
            logger.warning("mail server unreachable: « %s » was not sent", subject)
            if not change:
                messages.error(context.request, "Le service de messagerie ne répond pas : recommencez dans un moment.")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are encrypted in the database, and who decides keeps one."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "Ce code ne convient pas\u202f: attendez le suivant, ou vérifiez l’heure de votre téléphone.",
        "cannot_delete_authenticator": (
            "Votre rôle demande un second facteur\u202f: ajoutez-en d’abord un autre, puis retirez celui-ci."
        ),
    }

    def encrypt(self, text: str) -> str:
        """The text as the database keeps it."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text that was encrypted."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one of a person who administers, decides or signs stays."""
        kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=kinds).exclude(
            pk=authenticator.pk
        )
        roles = selectors.list_roles(authenticator.user_id, on=timezone.localdate())
        return others.exists() or not any(role.decides for role in roles)


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Coming in by ProConnect: the verified e-mail says who it is, the SIRET proposes an organisation."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Join the account of the same verified e-mail; else ask the organisation of the SIRET; else say whom to call."""
        if sociallogin.is_existing:
            return
        said = sociallogin.account.extra_data
        email = str(said.get("email", "")).strip().lower()
        if not email or said.get("email_verified") is False:
            _turn_away(request, "Le fournisseur d’identité n’a pas vérifié votre adresse électronique.")
        person = User.objects.filter(email=email).first()
        if person is not None:
            sociallogin.connect(request, person)
            return
        organisation = selectors.find_organisation(str(said.get("siret", "")))
        if organisation is None:
            _turn_away(request, "Votre organisme n’a pas d’espace ici, ou ne vous y a pas encore invité.")
        name = f"{said.get('given_name', '')} {said.get('usual_name') or said.get('family_name', '')}".strip() or email
        person = User.objects.create_user(email=email, name=name[:120])
        Proposal.objects.create(person=person, organisation=organisation, siret=said["siret"], proposed_at=clock.now())
        sociallogin.connect(request, person)

    def generate_state_param(self, state: dict[str, Any]) -> str:
        """Longer than the 32 characters that ProConnect asks."""
        return secrets.token_urlsafe(32)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never by itself: :meth:`pre_social_login` has joined an account, or turned away."""
        return False


def _turn_away(request: HttpRequest, reason: str) -> NoReturn:
    messages.error(request, f"{reason} Adressez-vous à l’administrateur de votre organisme.")
    raise ImmediateHttpResponse(redirect("account_login"))


def _cipher() -> MultiFernet:
    """Encrypts with the key of today; reads what those before it encrypted."""
    keys = [hashlib.sha256(f"second-factor:{key}".encode()).digest() for key in _keys()]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
