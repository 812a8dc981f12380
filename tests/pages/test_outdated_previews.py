"""A preview of a mapping is confirmed as it was seen: where lists changed since, it says so and is asked for anew."""

import re

import pytest

from casework.models import Case
from hardship.models import CategoryAlias
from hardship.services.lists import map_identity_name, refuse_list, undo_list
from hardship.services.lists.previewing import open_preview, run_preview
from registry.models import Role
from tests.hardship.lists import apply, civil, day, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import UserFactory, daoli, harbin

pytestmark = pytest.mark.django_db
MAP = "/admin/hardship/categoryalias/map_name/"
SAID = {"name": "五保老人", "category": "extreme_hardship", "reason": "来函"}
OUTDATED = "预览以后所填对照改了，或清单有变动（生效、退回、撤销、重新比对），请重新预览后再确认"


@pytest.fixture
def user(db):
    return staff(Role.REVIEWER, harbin())


@pytest.fixture
def desk(user):
    return at_desk(user)


@pytest.fixture(params=["at once", "by a worker"])
def previewed(request, settings, user, desk):
    """Return what has a preview made, and the page that shows it: its text, and where it stands."""
    if request.param == "by a worker":
        settings.LIST_ROWS_COMPARED_AT_ONCE = 2

    def preview():
        if request.param == "at once":
            return desk.post(MAP, SAID).content.decode()
        job = open_preview(name=SAID["name"], category=SAID["category"], user=user)
        run_preview(job_id=job.pk)
        return desk.get(f"{MAP}?preview={job.pk}&reason=来函").content.decode()

    return preview


def listing(*serials, name="五保老人", month=1):
    content = civil(*((serial, f"人{serial}", name) for serial in serials))
    return plan(content, as_of=day(f"2025-{month:02}-28"), mode="supplementary")


def confirmed(desk, page):
    """Return the answer to the button of a page with a preview."""
    (mark,) = re.findall(r'name="seen" value="(\w+)"', page)
    return desk.post(MAP, SAID | {"seen": mark, "confirm": ""})


def take_back(batch, _):
    asker, agrees = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="报错", user=asker, second_user=agrees)


def send_back(_, planned):
    refuse_list(batch=planned, error="重报")


def put_in_force(_, planned):
    apply(planned)


def one_more(_, __):
    listing(6, month=4)


def one_without_the_name(_, __):
    apply(listing(7, name="低保", month=4))


def test_a_preview_is_confirmed_as_it_was_seen(previewed, desk):
    people(8)
    apply(listing(0, 1, 2))
    listing(4, month=2)

    page = previewed()
    answer = confirmed(desk, page)

    assert ("新增 特困人员" in page, "确认对照" in page) == (True, True)
    assert answer.status_code == 302
    assert CategoryAlias.objects.filter(name="五保老人").exists()


def test_another_meaning_than_the_one_seen_is_not_confirmed(previewed, desk):
    people(3)
    apply(listing(0, 1, 2))
    (mark,) = re.findall(r'name="seen" value="(\w+)"', previewed())

    answer = desk.post(MAP, SAID | {"category": "orphan", "seen": mark, "confirm": ""})

    assert OUTDATED in answer.content.decode()
    assert not CategoryAlias.objects.filter(name="五保老人").exists()


@pytest.mark.parametrize("change", [take_back, send_back, put_in_force, one_more, one_without_the_name])
def test_one_that_lists_have_changed_since_is_refused_in_words(change, previewed, desk):
    people(8)
    in_force, planned = apply(listing(0, 1, 2)), listing(4, month=2)
    page = previewed()
    change(in_force, planned)

    answer = confirmed(desk, page)

    text = answer.content.decode()
    assert (answer.status_code, OUTDATED in text, "确认对照" in text) == (200, True, False)
    assert not CategoryAlias.objects.filter(name="五保老人").exists()
    assert not Case.objects.filter(decision="extreme_hardship").exists()


def test_the_page_of_a_worker_says_when_it_compared_and_that_lists_have_changed_since(settings, user, desk):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 2
    people(8)
    apply(listing(0, 1, 2))
    job = open_preview(name=SAID["name"], category=SAID["category"], user=user)
    run_preview(job_id=job.pk)
    there = f"{MAP}?preview={job.pk}&reason=来函"
    before = desk.get(there).content.decode()
    apply(listing(3, 4, month=2))

    after = desk.get(there).content.decode()

    assert re.search(r"后台按 \d{4}-\d\d-\d\d \d\d:\d\d 的清单和登记比对", before)
    assert ("确认对照" in before, OUTDATED in before) == (True, False)
    assert ("确认对照" in after, OUTDATED in after, ">预览<" in re.sub(r"\s", "", after)) == (
        False,
        True,
        True,
    )


def test_one_of_a_name_that_was_mapped_since_says_so(settings, user, desk):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 2
    people(4)
    apply(listing(0, 1, 2))
    job = open_preview(name=SAID["name"], category=SAID["category"], user=user)
    run_preview(job_id=job.pk)
    map_identity_name(name="五保老人", category="orphan", reason="来函", user=staff(Role.REVIEWER, daoli()))

    page = desk.get(f"{MAP}?preview={job.pk}&reason=来函").content.decode()

    assert ("“五保老人”已有对照" in page, "确认对照" in page) == (True, False)
