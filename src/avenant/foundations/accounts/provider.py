"""ProConnect, the State's sign-in for professionals (OpenID Connect): allauth finds its provider here.

What differs from the protocol's common use: ``nonce`` and ``state`` of 32 characters at least, no parameter that the
provider does not know (error Y000400), and a *signed* userinfo (a JWT), whose signature, issuer and audience we check.
"""

from __future__ import annotations

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

SCOPES = ("openid", "given_name", "usual_name", "email", "siret")
NONCE, LEAVING, ORIGIN = "proconnect-nonce", "proconnect-leaving", "proconnect-origin"
ENDED = "http://schemas.openid.net/event/backchannel-logout"
SIGNING = ("RS256", "ES256", "RS384", "RS512", "PS256")


class ProConnectAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The exchange with the provider, once the person has come back with a code."""

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> Any:
        """Check the id token (nonce included) and the signed userinfo, which must speak of the same subject."""
        identity = self._verified(kwargs["response"].get("id_token", ""))
        if not secrets.compare_digest(str(identity.get("nonce", "")), request.session.pop(NONCE, "")) or (
            not identity.get("nonce")
        ):
            raise OAuth2Error("wrong nonce")
        said = self._fetch_user_info(token.token)
        if said.get("sub") != identity.get("sub"):
            raise OAuth2Error("the userinfo speaks of somebody else")
        request.session[ORIGIN] = {"sub": str(identity["sub"]), "sid": str(identity.get("sid", ""))}
        if endpoint := self.openid_config.get("end_session_endpoint"):
            request.session[LEAVING] = {"endpoint": endpoint, "hint": kwargs["response"]["id_token"]}
        return self.get_provider().sociallogin_from_response(request, said)

    def _fetch_user_info(self, access_token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            response = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
            response.raise_for_status()
        if "application/jwt" not in response.headers.get("Content-Type", ""):
            raise OAuth2Error("the userinfo is not signed")
        return self._verified(response.text)

    def _verified(self, credential: str) -> dict[str, Any]:
        """What a signed text says; only asymmetric signatures are accepted, whatever its header claims."""
        try:
            header = jwt.get_unverified_header(credential)
            if header.get("alg") not in SIGNING or "kid" not in header:
                raise OAuth2Error("unexpected signature")
        except jwt.PyJWTError as error:
            raise OAuth2Error("not a signed text") from error
        said: dict[str, Any] = jwtkit.verify_and_decode(
            credential=credential,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=self.get_provider().app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return said

    def read_ending(self, credential: str) -> dict[str, str]:
        """Whose session the provider has ended, ``sub`` and ``sid``, each where it is told.

        Raises OAuth2Error for a logout token that OpenID Connect Back-Channel Logout 1.0, section 2.6, refuses: badly
        signed, for another service, expired, used before, with a nonce, or that ends nothing; DoesNotExist when no
        provider is set.
        """
        self.get_provider()
        said = self._verified(credential)
        events = said.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(ENDED), dict):
            raise OAuth2Error("not a logout token")
        if "nonce" in said or not {"iat", "exp", "jti"} <= said.keys():
            raise OAuth2Error("not a logout token")
        told = {name: str(said[name]) for name in ("sub", "sid") if said.get(name)}
        if not told:
            raise OAuth2Error("nobody's session")
        return told

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """The one address declared to the provider, to the letter."""
        return request.build_absolute_uri(reverse("proconnect_callback"))

    def get_client(self, request: HttpRequest, app: Any) -> OAuth2Client:
        """A client that asks each scope once, in one order."""
        client = super().get_client(request, app)
        client.scope_delimiter = self.scope_delimiter
        return client


class ProConnectProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The provider, as the settings describe it."""

    id = "proconnect"
    name = "ProConnect"
    oauth2_adapter_class = ProConnectAdapter

    def get_default_scope(self) -> list[str]:
        return list(SCOPES)

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("proconnect_login")

    def get_callback_url(self) -> str:
        return reverse("proconnect_callback")

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kw: Any
    ) -> Any:
        """Send to the provider with the parameters that it knows, and no other."""
        nonce = secrets.token_urlsafe(32)
        request.session[NONCE] = nonce
        kw["auth_params"] = {"nonce": nonce, "acr_values": self.app.settings.get("acr_values") or "eidas1"}
        kw["scope"] = list(SCOPES)
        return super().redirect(request, process, next_url, data, **kw)

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["sub"])


def leaving_address(request: HttpRequest) -> str:
    """Where the provider ends its session, that opened ours, and sends back to our sign-in page; empty for another."""
    kept = request.session.get(LEAVING)
    if not kept:
        return ""
    asked = {
        "id_token_hint": kept["hint"],
        "state": secrets.token_urlsafe(32),
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("account_login")),
    }
    return f"{kept['endpoint']}?{urlencode(asked)}"


provider_classes = [ProConnectProvider]
