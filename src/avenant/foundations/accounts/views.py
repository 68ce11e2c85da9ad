from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from avenant.foundations.accounts.forms import SignInForm
from avenant.foundations.accounts.middleware import SESSION_KEY, actor_of, start_session
from avenant.foundations.accounts.models import SecurityEntry
from avenant.foundations.doors import address_of, note_access, public_door


@public_door(reads={"GET"}, writes={"POST"})
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who is there."""
    form = SignInForm(request.POST or None, address=address_of(request))
    if request.method == "POST":
        if form.is_valid():
            login(request, form.user)
            start_session(request)
            note_access(request, SecurityEntry.Action.SIGN_IN, actor_of(request))
            return redirect(_next_page(request))
        note_access(request, SecurityEntry.Action.FAILED_SIGN_IN)
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return render(request, "accounts/sign_in.html", {"form": form, "next": wanted, "demo": settings.DEMO})


@public_door(writes={"POST"})
def sign_out(request: HttpRequest) -> HttpResponse:
    """Close the session."""
    if request.user.is_authenticated:
        note_access(request, SecurityEntry.Action.SIGN_OUT)
    logout(request)
    return redirect("accounts:sign-in")


@public_door(writes={"POST"})
def choose_membership(request: HttpRequest) -> HttpResponse:
    """Act in the name of another of one's organisations; one that is not ours changes nothing."""
    request.session[SESSION_KEY] = request.POST.get("membership", "")
    return redirect("site:home")


def _next_page(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted else "site:home"
