import pytest
from django.db import connection
from django.test import Client
from oauth2_provider.models import Application


@pytest.mark.django_db
def test_tests_run_on_postgresql_with_chinese_trigrams():
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT show_trgm('唐山市')")
        (found,) = cursor.fetchone()

    assert found


@pytest.mark.django_db
def test_the_schema_is_served_as_openapi_3_1(client: Client):
    answer = client.get("/api/v1/schema/?format=json")

    assert answer.json()["openapi"].startswith("3.1")


def test_metrics_are_not_for_strangers(client: Client):
    assert client.get("/metrics/").status_code == 200
    assert client.get("/metrics/", REMOTE_ADDR="203.0.113.7").status_code == 403


@pytest.mark.parametrize(
    ("path", "script_source"),
    [("/health/live/", None), ("/admin/login/", "script-src 'self' 'unsafe-eval'")],
)
@pytest.mark.django_db
def test_only_scripted_pages_may_evaluate(client: Client, path: str, script_source: str | None):
    policy = client.get(path)["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert (script_source or "script-src") in policy if script_source else "script-src" not in policy


@pytest.mark.django_db
def test_ready_answers_for_database_and_cache(client: Client):
    assert client.get("/health/ready/?format=json").status_code == 200


@pytest.mark.django_db
def test_an_agency_gets_a_token_by_its_credentials_alone(client: Client):
    application = Application.objects.create(
        name="民政局",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        client_secret="a long secret",
    )
    body = {
        "grant_type": "client_credentials",
        "client_id": application.client_id,
        "client_secret": "a long secret",
    }

    granted = client.post("/o/token/", body)
    refused = client.post("/o/token/", body | {"client_secret": "another"})

    assert granted.json()["token_type"] == "Bearer"
    assert refused.status_code == 401
