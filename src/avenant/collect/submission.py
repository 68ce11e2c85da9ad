"""``submit``: the declaration goes to the platform's API under the token of a person; nothing else leaves."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from avenant.collect.refusals import NETWORK, CollectError
from avenant.domain.french import quoted

_TIMEOUT = 30
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Sent:
    """What the platform kept: how many indicators, those it does not ask for, and the receipt when it was handed in."""

    kept: int
    not_asked: tuple[str, ...]
    findings: tuple[str, ...]
    receipt: str = ""


class Platform:
    """The API of one platform. Raises :class:`CollectError` on an address that is not encrypted."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise CollectError(
                f"L'adresse {quoted(address)} n'est pas en https : rien n'a été envoyé.", exit_code=NETWORK
            )
        if not token.strip() or not token.isprintable():
            raise CollectError("Le jeton est vide ou illisible : créez-en un dans « Mon compte » de la plateforme.")
        self._root, self._token = f"{address.rstrip('/')}/api/v1", token.strip()

    def call(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """One operation in JSON. Raises :class:`CollectError` with the sentence of the platform."""
        data = json.dumps(content).encode() if content is not None else None
        try:
            return json.loads(self.carry(method, path, data, "application/json"))
        except ValueError as error:
            raise self._silent() from error

    def carry(self, method: str, path: str, data: bytes | None = None, kind: str = "application/octet-stream") -> bytes:
        """One operation, its bytes given and taken as they are. Raises :class:`CollectError`."""
        request = urllib.request.Request(  # noqa: S310 - https, or this machine
            self._root + path,
            method=method,
            data=data,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": kind},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise CollectError(f"La plateforme refuse : {_said(error)}", code="platform", exit_code=NETWORK) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._silent() from error

    def _silent(self) -> CollectError:
        return CollectError(
            f"La plateforme {quoted(self._root)} ne répond pas : rien n'a été envoyé. Réessayez, ou déposez le fichier "
            "sur son site.",
            code="network",
            exit_code=NETWORK,
        )


def _said(error: urllib.error.HTTPError) -> str:
    try:
        problem = json.load(error)
    except ValueError:
        return f"erreur {error.code}."
    return str(problem.get("detail") or problem.get("title") or f"erreur {error.code}.")


def submit(platform: Platform, declaration: Mapping[str, Any], *, hand_in: bool = False) -> Sent:
    """Send the declaration, put its values in the working copy of the service's part; hand it in only when asked.

    Raises :class:`CollectError` when there is not exactly one part to fill for the year.
    """
    year = int(declaration["period"][1][:4])
    found = [
        part
        for one in platform.call("GET", f"/declarations?annee={year}")
        for part in one["parts"]
        if part["provider"] == "service"
    ]
    if len(found) != 1:
        what = "aucune déclaration" if not found else f"{len(found)} déclarations"
        raise CollectError(
            f"La plateforme a {what} de votre service pour {year} : rien n'a été envoyé.", exit_code=NETWORK
        )
    part = found[0]["id"]
    asked = {one["code"] for one in platform.call("GET", f"/parts/{part}")["values"]}
    values = {code: value for code, value in declaration["values"].items() if code in asked}
    entries = [{"code": code, "value": value} for code, value in values.items()]
    platform.call("POST", f"/parts/{part}/collecte", declaration)
    sheet = platform.call("PUT", f"/parts/{part}/saisie", {"entries": entries})
    not_asked = tuple(code for code in declaration["values"] if code not in asked)
    findings = tuple(one["sentence"] for one in sheet["findings"])
    if not hand_in:
        return Sent(len(entries), not_asked, findings)
    made = platform.call("POST", f"/parts/{part}/transmission", {"number": sheet["next_number"]})
    return Sent(len(entries), not_asked, findings, made["receipt"])
