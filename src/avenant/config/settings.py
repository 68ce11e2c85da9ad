"""Plain Django settings over :mod:`avenant.config.env`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pghistory
from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from avenant.config.env import env

_env = env()
ROOT = Path(__file__).resolve().parent.parent

SECRET_KEY = _env.secret_key.get_secret_value()
DEBUG = _env.debug
ALLOWED_HOSTS = _env.hosts
DEMO = _env.demo
DEMO_DATE = _env.demo_date
ADDRESS = _env.address
FILES = _env.files
CLAMAV_SOCKET = _env.clamav_socket

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_linear_migrations",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "csp",
    "ninja",
    "avenant.foundations.parties",
    "avenant.foundations.accounts",
    "avenant.foundations.journal",
    "avenant.foundations.documents",
    "avenant.foundations.messages",
    "avenant.foundations.meetings",
    "avenant.contracts.catalogue",
    "avenant.contracts.drafting",
    "avenant.indicators.campaigns",
    "avenant.indicators.registers",
    "avenant.indicators.declarations",
    "avenant.indicators.consolidation",
    "avenant.demo",
    "avenant.site",
]

MIDDLEWARE = [
    "avenant.foundations.traces.ReferenceMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "avenant.foundations.accounts.middleware.ActorMiddleware",
]

ROOT_URLCONF = "avenant.config.urls"
WSGI_APPLICATION = "avenant.config.wsgi.application"

# Only our own templates are read, never an app's: libraries' pages would escape our look and our accessibility tests.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [*sorted(ROOT.glob("*/templates")), *sorted(ROOT.glob("*/*/templates"))],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])],
                )
            ],
            "builtins": ["template_partials.templatetags.partials", "avenant.site.templatetags.avenant"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "avenant.site.context.shell",
                "avenant.demo.context.demonstration",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Django's settings of one PostgreSQL address, a folder of sockets included."""
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"TEMPLATE": "template0"},
    }


DATABASES = {"default": _database(_env.database_url.get_secret_value())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "site_cache"}}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = 45 * 60
PROXIES = _env.proxies
SESSION_COOKIE_HTTPONLY = True

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
# Separators are written where a person reads (domain/french.py); set globally they would get into ids and addresses.
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/statique/"
STATIC_ROOT = ROOT.parent.parent / "var" / "static"
STATICFILES_DIRS = [ROOT / "site" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Files are read by the server alone, downloaded through a policy, never served from a folder.
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if _env.https:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# History is kept beside the row with its context in the same row: no table of contexts readable across circles.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_APPEND_ONLY = True

PROCRASTINATE_IMPORT_PATHS: list[str] = []

REMINDER_DAYS = _env.reminder_days
DEFAULT_FROM_EMAIL = _env.email_from
if _env.email_url:
    _mail = urlsplit(_env.email_url)
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_TIMEOUT = 20
    EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.scheme == "smtps", _mail.scheme == "smtp+starttls"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = FILES.parent / "mail"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"reference": {"()": "avenant.foundations.traces.ReferenceFilter"}},
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name} [{reference}] {message}", "style": "{"},
        "json": {"()": "avenant.foundations.traces.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": _env.logs, "filters": ["reference"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
METRICS_TOKEN = _env.metrics_token.get_secret_value()
SECURITY_CONTACT = _env.security_contact
TEST_RUNNER = "django.test.runner.DiscoverRunner"
