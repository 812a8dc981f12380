#!/bin/sh
# Django's deployment checks, with the environment of a production server; connects to nothing.
hex() { .venv/bin/python -c "import secrets; print(secrets.token_hex($1))"; }
DEMO=0 DATABASE_URL=postgresql://check@database/check CELERY_BROKER_URL=redis://broker/0 ALLOWED_HOSTS=yibao.example.cn \
    SECRET_KEY=$(hex 48) IDENTITY_NUMBER_KEY=$(hex 16) IDENTITY_NUMBER_INDEX_KEY=$(hex 32) MEDIA_ROOT=/var/lib/media \
    .venv/bin/python manage.py check --deploy --fail-level WARNING
