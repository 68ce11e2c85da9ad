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
SECRET_KEY_FALLBACKS = [key.get_secret_value() for key in _env.former_keys]
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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
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
    "avenant.foundations.contacts",
    "avenant.foundations.imports",
    "avenant.foundations.meetings",
    "avenant.foundations.secrecy",
    "avenant.contracts.catalogue",
    "avenant.contracts.drafting",
    "avenant.contracts.commitments",
    "avenant.contracts.actions",
    "avenant.contracts.amendments",
    "avenant.indicators.campaigns",
    "avenant.indicators.registers",
    "avenant.indicators.declarations",
    "avenant.indicators.profiles",
    "avenant.indicators.consolidation",
    "avenant.funding.calls",
    "avenant.funding.dossiers",
    "avenant.funding.grants",
    "avenant.funding.reports",
    "avenant.funding.reviews",
    "avenant.funding.allocation",
    "avenant.demo",
    "avenant.site",
]

MIDDLEWARE = [
    "avenant.foundations.stack.RoomMiddleware",
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
    "allauth.account.middleware.AccountMiddleware",
    "avenant.foundations.accounts.middleware.ActorMiddleware",
    "avenant.foundations.accounts.middleware.SecondFactorMiddleware",
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


# A row is fetched with what it belongs to, in up to twelve joins: to weigh every order of eight of them, as PostgreSQL
# does unless told, took ten times what the query took (docs/adr/joins-are-run-as-written.md).
JOINS_REORDERED = 4


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
        "OPTIONS": {"options": f"-c join_collapse_limit={JOINS_REORDERED}"},
        "TEST": {"TEMPLATE": "template0"},
    }


DATABASES = {"default": _database(_env.database_url.get_secret_value())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_CACHE = "django.core.cache.backends.db.DatabaseCache"
CACHES = {
    "default": {"BACKEND": _CACHE, "LOCATION": "site_cache"},
    # One row that a full cache never culls: the demonstration's clock.
    "clock": {"BACKEND": _CACHE, "LOCATION": "demo_clock"},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "avenant.foundations.accounts.passwords.LengthByRole"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "avenant.foundations.accounts.passwords.HardToGuess"},
]

# allauth: people are invited, they sign in by e-mail, and our own brake counts the failures of passwords (adapters.py).
ACCOUNT_ADAPTER = "avenant.foundations.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "avenant.foundations.accounts.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # one may come in as somebody else
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _env.https else "http"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# None is counted by address alone: an institution has one. « login_failed » is the brake on the codes of second factors.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/5m/key", "reset_password": "300/m/ip,5/m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = _env.proxies
MFA_ADAPTER = "avenant.foundations.accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "avenant.foundations.accounts.forms.AddApplicationForm",
    "add_webauthn": "avenant.foundations.accounts.forms.AddKeyForm",
    "edit_webauthn": "avenant.foundations.accounts.forms.RenameKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Avenant"
MFA_TOTP_TOLERANCE = 1  # half a minute late, or early
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _env.https  # at http://localhost only: browsers refuse it elsewhere
SECOND_FACTOR_REQUIRED = True
SECRECY_NOTICE_REQUIRED = True
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "avenant.foundations.accounts.adapters.ProviderAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
OIDC_NAME = _env.oidc_name if _env.oidc_url else ""
SOCIALACCOUNT_PROVIDERS = {
    "proconnect": {
        "APPS": [
            {
                "provider_id": "proconnect",
                "name": _env.oidc_name,
                "client_id": _env.oidc_client,
                "secret": _env.oidc_secret.get_secret_value(),
                "settings": {"server_url": _env.oidc_url, "acr_values": _env.oidc_acr},
            }
        ]
        if _env.oidc_url
        else []
    }
}
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = 45 * 60
PROXIES = _env.proxies
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # scripts read the token in the page

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
        # Browsers hold a form to it through the redirection that it gets: to the provider's page.
        "form-action": [SELF, *(["{0.scheme}://{0.netloc}".format(urlsplit(_env.oidc_url))] if _env.oidc_url else [])],
        "frame-ancestors": [NONE],
        "report-uri": ["/rapports-de-securite"],
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
    # The prefix makes browsers refuse a cookie that another host of the domain would set.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

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
