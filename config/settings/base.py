"""Settings of every installation; what differs between them comes from the environment."""

from decimal import Decimal
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from config.embedded import folders, keys, postgres, services
from config.settings.admin import *
from config.settings.api import *
from config.settings.jobs import *
from config.settings.logs import *
from config.settings.security import *

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[2]

# A demo makes its own keys and servers; anything else names them or does not start.
DEMO = services.is_demo()
DEBUG = env.bool("DEBUG", default=False)


def secret(name: str) -> str:
    """Return a secret from the environment; only a demo may lack it."""
    value = env.str(name, default="")
    if value:
        return str(value)
    if not DEMO:
        raise ImproperlyConfigured(f"{name} must be set (or DEMO=1 for a demonstration)")
    return keys.demo_key(name)


SECRET_KEY = secret("SECRET_KEY")
IDENTITY_NUMBER_KEY = bytes.fromhex(secret("IDENTITY_NUMBER_KEY"))  # SM4, 16 bytes
IDENTITY_NUMBER_INDEX_KEY = bytes.fromhex(secret("IDENTITY_NUMBER_INDEX_KEY"))  # HMAC-SM3, 32 bytes

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
INTERNAL_NETWORKS = env.list("INTERNAL_NETWORKS", default=["127.0.0.0/8", "::1/128"])  # may read /metrics/
if not DEMO:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SECURE_HSTS_PRELOAD = True
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^health/"]

INSTALLED_APPS = [
    "oversight.apps.OversightConfig",
    "benefits.apps.BenefitsConfig",
    "enrollment.apps.EnrollmentConfig",
    "hardship.apps.HardshipConfig",
    "casework.apps.CaseworkConfig",
    "exchange.apps.ExchangeConfig",
    "registry.apps.RegistryConfig",
    "policy.apps.PolicyConfig",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "config.third_party.OAuthConfig",
    "simple_history",
    "import_export",
    "django_celery_beat",
    "django_celery_results",
    "config.third_party.AxesConfig",
    "csp",
    "django_otp",
    "config.third_party.StaticCodesConfig",
    "config.third_party.TimedCodesConfig",
    "django_structlog",
    "django_prometheus",
    "health_check",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.ContentPolicyMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
elif DEMO:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": postgres.DATABASE,
            "USER": postgres.ROLE,
            "HOST": postgres.host("main"),
        }
    }
else:
    raise ImproperlyConfigured("DATABASE_URL must be set (or DEMO=1 for a demonstration)")
if env.bool("DATABASE_POOL", default=False):  # the web server's processes; a worker keeps one connection
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8}
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
WHITENOISE_USE_FINDERS = True  # a demo serves without collectstatic
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(folders.data_folder() / "media") if DEMO else "media")()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# A full list that would end more than this share of what stands needs somebody else's agreement.
LIST_ENDINGS_WITHOUT_SECOND = Decimal(env.str("LIST_ENDINGS_WITHOUT_SECOND", default="0.05"))
# A file larger than this is read in the background, and a plan with more changes than this applied there.
LIST_BYTES_AT_ONCE = env.int("LIST_BYTES_AT_ONCE", default=256 * 1024)
LIST_CHANGES_AT_ONCE = env.int("LIST_CHANGES_AT_ONCE", default=2_000)
# A planned list with more rows than this is planned anew in the background.
LIST_ROWS_COMPARED_AT_ONCE = env.int("LIST_ROWS_COMPARED_AT_ONCE", default=2_000)
# How long the files themselves are kept, sealed; their rows and what came of them stay.
LIST_FILES_KEPT_DAYS = env.int("LIST_FILES_KEPT_DAYS", default=3 * 366)

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True
IMPORT_EXPORT_USE_TRANSACTIONS = True
