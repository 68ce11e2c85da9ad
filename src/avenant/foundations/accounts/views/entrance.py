"""Coming in and going out: allauth's views behind our doors, and what surrounds them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from jwt import PyJWTError
from requests import RequestException

from avenant.domain.decision import DomainError
from avenant.foundations import clock
from avenant.foundations.accounts import kept
from avenant.foundations.accounts.forms import AcceptForm
from avenant.foundations.accounts.middleware import SESSION_KEY, lacks_second_factor
from avenant.foundations.accounts.models import SecurityEntry, User
from avenant.foundations.accounts.provider import ProConnectAdapter, leaving_address
from avenant.foundations.accounts.services import invitations
from avenant.foundations.accounts.services.people import end_sessions_of_provider
from avenant.foundations.doors import ActorRequest, View, door, note_access, public_door, refuse

UNKEPT = {"Cache-Control": "no-store"}


class SignInView(account.LoginView):  # type: ignore[misc]
    """The sign-in page, with the demonstration's doors where they are open."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        more = {
            "next": wanted,
            "demo": settings.DEMO,
            "provider": settings.OIDC_NAME and f"Entrer par {settings.OIDC_NAME}",
        }
        return {**super().get_context_data(**kwargs), **more}


class ResetView(account.PasswordResetFromKeyView):  # type: ignore[misc]
    """Choosing a new password from the link of an e-mail; a link that no longer serves does not exist."""

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        status = 404 if context.get("token_fail") else 200
        response: HttpResponse = super().render_to_response(context, status=status, **options)
        return response


class SecondFactorsView(mfa.IndexView):  # type: ignore[misc]
    """My second factors; to those who need one and have none, why nothing else opens."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        needed = any(role.decides for role in self.request.actor.roles)
        more = {"needed": needed, "lacking": lacks_second_factor(self.request)}
        return {**super().get_context_data(**kwargs), **more}


def _public(view: Callable[..., Any], *, get: bool = True, post: bool = True) -> View:
    return public_door(reads={"GET"} if get else (), writes={"POST"} if post else ())(
        lambda request, *args, **kwargs: view(request, *args, **kwargs)
    )


def _mine(view: Callable[..., Any], *, post: bool = True) -> View:
    """A page about my own account: allauth asks the password again before what matters."""

    def answer(request: ActorRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        if request.method == "POST":
            _show_recovery_codes(request.actor.person_id)
        return response

    return door(reads={"GET"}, writes={"POST"} if post else ())(answer)


def _show_recovery_codes(person_id: uuid.UUID) -> None:
    """The act that makes recovery codes says that they are shown; allauth would write it behind the GET that follows."""
    kind = Authenticator.Type.RECOVERY_CODES
    for made in Authenticator.objects.filter(user_id=person_id, type=kind):
        codes = made.wrap()
        if not codes.did_view:
            codes.mark_as_viewed()


sign_in = _public(SignInView.as_view())
inactive = _public(account.account_inactive, post=False)
reset_password = _public(account.password_reset)
reset_password_sent = _public(account.password_reset_done, post=False)
reset_password_from_key = _public(ResetView.as_view())
reset_password_done = _public(account.password_reset_from_key_done, post=False)
second_factor = _public(mfa.authenticate)
provider_failed = _public(social.login_error, post=False)
provider_cancelled = _public(social.login_cancelled, post=False)

confirm_it_is_me = _mine(account.reauthenticate)
change_password = _mine(account.password_change)
set_password = _mine(account.password_set)
second_factors = _mine(SecondFactorsView.as_view(), post=False)
confirm_with_code = _mine(mfa.reauthenticate)
activate_totp = _mine(totp.activate_totp)
deactivate_totp = _mine(totp.deactivate_totp)
recovery_codes = _mine(recovery.view_recovery_codes, post=False)
generate_recovery_codes = _mine(recovery.generate_recovery_codes)
download_recovery_codes = _mine(recovery.download_recovery_codes, post=False)
security_keys = _mine(webauthn.list_webauthn, post=False)
add_security_key = _mine(webauthn.add_webauthn)
confirm_with_key = _mine(webauthn.reauthenticate_webauthn)
remove_security_key = _mine(webauthn.remove_webauthn)
rename_security_key = _mine(webauthn.edit_webauthn)


@public_door(writes={"POST"})
def go_to_provider(request: HttpRequest) -> HttpResponse:
    """Go and sign in at ProConnect."""
    return _at_provider(request, OAuth2LoginView)


@public_door(reads={"GET"}, writes={"POST"})
def come_from_provider(request: HttpRequest) -> HttpResponse:
    """Come back from ProConnect with its code. The GET changes nothing: its page posts the same address at once."""
    if request.method == "GET":
        return render(request, "accounts/come_back.html", {"address": request.get_full_path()})
    return _at_provider(request, OAuth2CallbackView)


@csrf_exempt
@public_door(writes={"POST"})
def ended_at_provider(request: HttpRequest) -> HttpResponse:
    """ProConnect says that a session of its own has ended: ours, that it opened, ends too. What it signed proves it."""
    try:
        told = ProConnectAdapter(request, "proconnect").read_ending(request.POST.get("logout_token", ""))
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (OAuth2Error, PyJWTError):
        return JsonResponse({"error": "invalid_request"}, status=400, headers=UNKEPT)
    except RequestException:  # the provider is asked for its keys, and does not answer: it may try again
        return JsonResponse({"error": "temporarily_unavailable"}, status=503, headers=UNKEPT)
    end_sessions_of_provider(told)
    return HttpResponse(headers=UNKEPT)


def _at_provider(request: HttpRequest, step: Any) -> HttpResponse:
    try:
        answer: HttpResponse = step.adapter_view(ProConnectAdapter(request, "proconnect"))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return answer


@public_door(writes={"POST"})
def sign_out(request: HttpRequest) -> HttpResponse:
    """Close the session, and that of the provider that opened it."""
    away = leaving_address(request)
    if request.user.is_authenticated:
        note_access(request, SecurityEntry.Action.SIGN_OUT)
        UserSession.objects.filter(session_key=request.session.session_key).delete()
    get_adapter(request).logout(request)
    return redirect(away or "account_login")


@public_door(writes={"POST"})
def choose_membership(request: HttpRequest) -> HttpResponse:
    """Act in the name of another of one's organisations; one that is not ours changes nothing."""
    request.session[SESSION_KEY] = request.POST.get("membership", "")
    return redirect("site:home")


@public_door(reads={"GET"}, writes={"POST"})
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open one's account from the link of an invitation, or add an organisation to the account one has."""
    try:
        row = invitations.find_invitation(token, at=clock.now())
        known = User.objects.filter(email=row.email).first()
        form = None if known else AcceptForm(request.POST or None, invitation=row)
        if request.method == "POST" and (form is None or form.is_valid()):
            said = form.cleaned_data if form else {"name": "", "password": ""}
            invitations.accept_invitation(token=token, name=said["name"], password=said["password"], at=clock.now())
            messages.success(
                request, "Votre accès est ouvert : connectez-vous avec votre adresse et votre mot de passe."
            )
            return redirect("account_login")
    except DomainError as error:
        return refuse(request, error)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/accept.html", {"form": form, "invitation": row, "known": known}, status=status)


@door(reads={"GET"})
def resume(request: ActorRequest) -> HttpResponse:
    """After signing in again: what was typed when the session had ended, to send once more."""
    return render(request, "accounts/resume.html", {"kept": kept.find(request)})


@door(writes={"POST"})
def forget(request: ActorRequest) -> HttpResponse:
    """Throw away what was typed."""
    kept.forget(request)
    return redirect("site:home")
