"""The API: one document, one authentication, one shape of refusal."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.throttling import AuthRateThrottle

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.api import Problem, TokenAuthentication
from avenant.indicators.consolidation.api import router as consolidation
from avenant.indicators.declarations.api import router as declarations
from avenant.indicators.profiles.api import router as profiles
from avenant.indicators.registers.api import router as registers

PROBLEM_TYPE = "application/problem+json"


class Api(NinjaAPI):
    """Ninja's, which would describe every answer as plain JSON: a refusal is a problem document (RFC 9457)."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """The answer to fill: no proxy keeps it."""
        response = super().create_temporal_response(request)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The description, with the media type that refusals really have."""
        described = super().get_openapi_schema(**options)
        for operations in described["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {PROBLEM_TYPE: answer["content"].pop("application/json")}
        return described


api = Api(
    title="Avenant",
    version="1",
    description="Lire les campagnes, les déclarations et les chiffres consolidés ; transmettre une déclaration. "
    "Un jeton se crée dans « Mon compte » ; il agit pour une personne, dans un organisme.",
    auth=TokenAuthentication(),
    throttle=[AuthRateThrottle("600/m")],
    urls_namespace="api",
    docs_url=None,
)
api.add_router("", declarations)
api.add_router("", profiles)
api.add_router("", consolidation)
api.add_router("", registers)


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    response = api.create_response(request, problem.model_dump(), status=problem.status)
    response.headers["Content-Type"] = PROBLEM_TYPE
    return response


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal of the rules: 403 for a right, 409 for a state of things."""
    status = 403 if isinstance(error, Refused) else 409
    return _answer(
        request, Problem(title="Refusé", status=status, detail=error.message, basis=error.basis, type=error.code)
    )


@api.exception_handler(Http404)
def not_found(request: HttpRequest, _error: Http404) -> HttpResponse:
    """What one cannot see does not exist."""
    return _answer(request, Problem(title="Introuvable", status=404, detail="Rien ne correspond à cette adresse."))


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """No token, or one that is unknown, revoked, expired or short of the scope."""
    detail = "Donnez un jeton valable pour cet usage : Authorization: Bearer …"
    return _answer(request, Problem(title="Jeton refusé", status=401, detail=detail))


@api.exception_handler(ValidationError)
def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What was sent does not have the documented shape."""
    errors = {".".join(str(step) for step in one["loc"]): str(one["msg"]) for one in error.errors}
    detail = "La demande n’a pas la forme attendue."
    return _answer(request, Problem(title="Illisible", status=422, detail=detail, errors=errors))
