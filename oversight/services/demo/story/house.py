"""Who works here and with whom: demo log-ins, agencies with API clients and webhooks, fiscal classes of counties."""

import base64
import secrets
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone
from oauth2_provider.models import get_application_model

from config.demo_accounts import DEMO_ACCOUNTS, DEMO_AGENCIES, DEMO_CLIENT_SECRET, DemoAccount, DemoAgency
from exchange.models import Agency, ListAgreement, WebhookEndpoint
from exchange.rules.agreed_days import DueRule
from hardship.services.lists import PREFIX
from oversight.services.demo.city.facts import city_facts
from policy.policy import Policy
from registry.models import Area, AreaFiscalClass, StaffScope

SECRET_BYTES = 24
ENDINGS_SHARE = Decimal("0.05")
CLAUSE = "黑医保发〔2024〕45号 九；报送日为演示假定"


@dataclass(frozen=True, slots=True)
class HouseCounts:
    """How many there are now."""

    staff: int
    agencies: int
    fiscal_classes: int


def furnish(policy: Policy) -> HouseCounts:
    """Make what is missing of staff, agencies and fiscal classes.

    :param policy: of the demo city; says for which fiscal year classes are needed
    """
    areas = Area.objects.in_bulk(
        {each.area for each in (*DEMO_ACCOUNTS, *DEMO_AGENCIES)}
        | {each.code for each in city_facts().counties},
        field_name="code",
    )
    for account in DEMO_ACCOUNTS:
        _account(account, areas)
    for agency in DEMO_AGENCIES:
        _agency(agency, areas[agency.area])
    year = policy.financing.published(policy.financing.fiscal_year_for_coverage, "fiscal_year_for_coverage")
    for county in city_facts().counties:
        AreaFiscalClass.objects.get_or_create(
            area=areas[county.code], fiscal_year=year.value, defaults={"fiscal_class": county.fiscal_class}
        )
    return HouseCounts(len(DEMO_ACCOUNTS), len(DEMO_AGENCIES), len(city_facts().counties))


def clerk() -> User:
    """Return the clerk in whose name lists are taken in."""
    return User.objects.get(username="harbin")


def new_secret() -> str:
    """Return a signing secret as Standard Webhooks writes them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def subscribe(url: str, secret: str) -> list[Agency]:
    """Let the agencies that hear of alerts receive events at `url`, signed with `secret`; return them.

    An agency keeps one demo endpoint: a new address replaces the old one.
    """
    told = list(
        Agency.objects.filter(code__in=[each.code for each in DEMO_AGENCIES if each.is_told]).order_by("code")
    )
    for agency in told:
        endpoint = WebhookEndpoint.objects.filter(agency=agency).first() or WebhookEndpoint(agency=agency)
        endpoint.url, endpoint.secret = f"{url}{agency.code}", secret
        endpoint.save()
    return told


def _account(account: DemoAccount, areas: dict[str, Area]) -> None:
    user = User.objects.filter(username=account.username).first()
    if user is None:
        user = User(
            username=account.username,
            last_name=account.title,
            is_staff=True,
            is_superuser=not account.role,
        )
        user.set_password(account.password)
        user.save()
    if account.role:
        StaffScope.objects.get_or_create(user=user, area=areas[account.area], role=account.role)


def _agency(agency: DemoAgency, area: Area) -> None:
    if Agency.objects.filter(code=agency.code).exists():
        return
    client = get_application_model()(
        name=agency.name,
        client_id=agency.code,
        client_secret=DEMO_CLIENT_SECRET,
        client_type="confidential",
        authorization_grant_type="client-credentials",
    )
    client.save()
    made = Agency.objects.create(
        code=agency.code, name=agency.name, kind=agency.kind, area=area, application=client
    )
    if agency.due_day is not None:
        ListAgreement.objects.create(
            agency=made,
            kind=f"{PREFIX}{agency.kind}",
            area=area,
            due_rule=DueRule.DAY_OR_NEXT_WORKING_DAY.value,
            due_number=agency.due_day,
            endings_share=ENDINGS_SHARE,
            clause=CLAUSE,
            starts_on=timezone.localdate(),
        )
