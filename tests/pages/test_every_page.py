"""Every page of the admin opens, speaks Chinese, and masks numbers."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_results.models import TaskResult
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from registry.models import AccessLog, Resident
from tests.exchange import factories as exchange
from tests.pages import world
from tests.pages.conftest import at_desk
from tests.registry import factories

NUMBER = factories.identity_number(7)
WORD = re.compile(r"[A-Za-z][a-z]{3,}")
# Names, codes and formats that are no language.
ALLOWED = re.compile(
    r"[0-9a-f-]{36}|openYibao|Standard|Webhooks|whsec|webhook|xlsx|https?|TOML|OAuth|JSON|Control|Mac|Command|[Rr]oot|client\d"
    r"|[a-z_]+(\.[a-z_]+)+|Asia/Shanghai|True|False|None|enabled|argument|value|Task: "
)
SKIPPED_TAGS = {"script", "style", "svg", "code", "pre", "textarea", "option", "template"}
SKIPPED_CLASSES = ("material-symbols-outlined", "oy-text")
VOID_TAGS = {"br", "hr", "img", "input", "link", "meta", "path", "line", "rect", "source", "col", "wbr"}


class Words(HTMLParser):
    """Collects what a reader reads: texts, placeholders and titles."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        for name in ("placeholder", "title", "aria-label", "alt"):
            if values.get(name) and not self.skipping:
                self.texts.append(str(values[name]))
        if tag in VOID_TAGS:
            return
        hidden = tag in SKIPPED_TAGS or any(name in (values.get("class") or "") for name in SKIPPED_CLASSES)
        if hidden or self.skipping:
            self.skipping.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.skipping and tag in self.skipping:
            while self.skipping.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self.skipping and data.strip():
            self.texts.append(data.strip())


def english(html: str, *, codes: set[str]) -> set[str]:
    """Return texts with English words left; codes stored as data may stand."""
    reader = Words()
    reader.feed(html)
    found = set()
    for text in reader.texts:
        rest = ALLOWED.sub("", text)
        for code in sorted(codes, key=len, reverse=True):
            rest = rest.replace(code, "")
        if (WORD.search(rest) and not re.fullmatch(r"[\w./:@#-]+", text.strip())) or WORD.fullmatch(
            rest.strip()
        ):
            found.add(text)
    return found


@pytest.fixture
def administrator(db: None):
    return factories.UserFactory(is_staff=True, is_superuser=True, username="root")


@pytest.fixture
def root(administrator) -> Client:
    return at_desk(administrator)


@pytest.fixture
def resident(administrator) -> Resident:
    world.law()
    made = world.build(administrator, number=NUMBER)
    AccessLog.objects.create(user=administrator, resident=made, purpose="核对缴费")
    factories.StaffScopeFactory(user=administrator)
    crontab = CrontabSchedule.objects.create()
    PeriodicTask.objects.create(name="外发推送", task="exchange.tasks.deliver_outbox", crontab=crontab)
    IntervalSchedule.objects.create(every=5, period="minutes")
    ClockedSchedule.objects.create(clocked_time=timezone.now())
    TaskResult.objects.create(task_id="1", task_name="exchange.tasks.deliver_outbox", status="SUCCESS")
    TOTPDevice.objects.create(user=administrator, name="手机")
    StaticDevice.objects.create(user=administrator, name="纸条")
    exchange.AgencyFactory(with_client=True)
    return made


def pages() -> Iterator[str]:
    for model in admin.site._registry:
        options = model._meta
        yield f"{options.app_label}.{options.model_name}"


def addresses(label: str, client: Client) -> Iterator[str]:
    app, name = label.split(".")
    model_admin = next(page for page in admin.site._registry.values() if page.opts.label_lower == label)
    yield reverse(f"admin:{app}_{name}_changelist")
    yield reverse(f"admin:{app}_{name}_add")
    row = model_admin.model._default_manager.order_by("-pk").first()
    if row is not None:
        yield reverse(f"admin:{app}_{name}_change", args=[row.pk])
        yield reverse(f"admin:{app}_{name}_history", args=[row.pk])


def test_every_page_opens_in_chinese_and_masked(resident, root):
    complaints = []
    codes = {"client0", "client1", "other", "pending"}
    for label in pages():
        for address in addresses(label, root):
            answer = root.get(address)
            if answer.status_code == 403 and address.endswith("/add/"):
                continue
            html = answer.content.decode()
            if answer.status_code != 200:
                complaints.append(f"{address}: {answer.status_code}")
            elif NUMBER in html:
                complaints.append(f"{address}: shows the number")
            else:
                complaints += [f"{address}: {text}" for text in sorted(english(html, codes=codes))]

    assert complaints == []


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/changes/?since=2000-01-01",
        "/admin/login/",
        "/admin/password_change/",
        "/admin/nowhere/",
        "/nowhere/",
    ],
)
def test_first_page_login_and_errors_are_chinese(address, resident, root):
    client = Client() if "login" in address else root

    html = client.get(address).content.decode()

    assert english(html, codes={"root", "other"}) == set()
    assert re.search(r"[\u4e00-\u9fff]{2}", html)
    assert NUMBER not in html


def test_the_file_of_a_resident_tells_everything(resident, root):
    html = root.get(f"/admin/registry/resident/{resident.pk}/change/").content.decode()

    for told in (
        "230199********", "低保对象", "重度残疾人", "农村", "定额资助", "医疗救助基金", "据二手资料：资助60%", "假定",
        "集中参保缴费期", "TX2025", "哈尔滨市第一医院", "15,120.00", "因病致贫预警",
        "缴费金额与应缴不符", "核对缴费", "<svg",
    ):  # fmt: skip
        assert told in html, told


def test_a_policy_shows_leaves_clauses_and_doubt(resident, root):
    from policy.models import PolicyVersion

    version = PolicyVersion.objects.get(area="230100", year=2025)
    html = root.get(f"/admin/policy/policyversion/{version.pk}/change/").content.decode()

    assert "黑医保发〔2024〕45号 六(一)" in html
    assert "取省级上限" in html
    assert "假定" in html
