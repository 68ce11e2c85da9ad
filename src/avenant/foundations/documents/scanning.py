"""Antivirus: ClamAV over its socket, when ``CLAMAV_SOCKET`` names one."""

from __future__ import annotations

import socket
import struct

from django.conf import settings

from avenant.domain.decision import DomainError

CHUNK = 64 * 1024


class Infected(DomainError):
    """The antivirus refuses the file."""


def scan(content: bytes, name: str) -> None:
    """Ask clamd about ``content`` (INSTREAM). Raises Infected, or DomainError when the antivirus does not answer."""
    if not settings.CLAMAV_SOCKET:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as clamd:
            clamd.settimeout(30)
            clamd.connect(settings.CLAMAV_SOCKET)
            clamd.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                piece = content[start : start + CHUNK]
                clamd.sendall(struct.pack("!L", len(piece)) + piece)
            clamd.sendall(struct.pack("!L", 0))
            answer = clamd.recv(4096).rstrip(b"\0").decode()
    except OSError as error:
        raise DomainError(
            f"L’antivirus ne répond pas : « {name} » n’est pas enregistré, réessayez plus tard."
        ) from error
    if answer.endswith("FOUND"):
        raise Infected(f"L’antivirus a refusé « {name} ». Rien n’a été enregistré.")
