"""Settings of the tests: an own embedded cluster without fsync, nothing outside this process."""

import os

os.environ.update(
    DEMO="1",
    SECRET_KEY="only for tests",
    IDENTITY_NUMBER_KEY="0123456789abcdeffedcba9876543210",
    IDENTITY_NUMBER_INDEX_KEY="00112233445566778899aabbccddeeff" * 2,
)

from config.embedded import postgres
from config.settings.base import *

if not os.environ.get("DATABASE_URL"):
    DATABASES["default"]["HOST"] = postgres.host("test")
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
WHITENOISE_AUTOREFRESH = True  # no scan of all static files at start

CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
AXES_ENABLED = False
