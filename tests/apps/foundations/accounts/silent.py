"""A mail server that does not answer."""

from __future__ import annotations

from typing import Any

from django.core.mail.backends.base import BaseEmailBackend


class Backend(BaseEmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise OSError("no route to the mail server")
