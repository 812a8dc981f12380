"""What counts as ending somebody's identity, and when a second person has to agree."""

from decimal import Decimal

import pytest

from exchange.admin.notices import guard_notice
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.selectors.endings import endings_guard
from hardship.services.lists import SecondUserNeeded, apply_held, compare_row_again, map_identity_name
from tests.exchange.factories import AgencyFactory, ListAgreementFactory
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, number, people, plan, reviewer
from tests.registry.factories import ResidentFactory, UserFactory, daoli, shangzhi, tangshan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _five_in_a_hundred(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal("0.05")


def certificates(count, until, **more):
    """Plan a list of certificates that all end on the same day."""
    rows = [[f"人{serial}", f"{number(serial)}41", until] for serial in range(count)]
    content = write_xlsx(["姓名", "残疾人证号", "有效期"], rows)
    return plan(content, kind="disabled_federation", file_name="残联.xlsx", **more)


def test_every_recognition_that_ends_counts_not_every_row():
    for person in people(20):
        for category in ("subsistence_allowance", "orphan", "extreme_hardship"):
            RecognitionFactory(resident=person, of=category)
    clerk = UserFactory()
    rows = [(serial, f"人{serial}", "低保、孤儿、特困" if serial > 1 else "低保") for serial in range(20)]
    batch = plan(civil(*rows), user=clerk)

    guard = endings_guard(batch)

    assert (guard.ending, guard.standing, guard.needs_second) == (4, 60, True)  # two people, two each
    with pytest.raises(SecondUserNeeded):
        apply(batch, user=clerk)
    apply(batch, user=clerk, second_user=UserFactory())
    assert Recognition.objects.filter(valid_to__isnull=False).count() == 4


@pytest.mark.parametrize("mode", ["full", "supplementary"])
@pytest.mark.parametrize("stood_until", [None, "2030-01-01"])
def test_a_term_cut_short_counts_as_an_ending_and_is_said(mode, stood_until):
    for person in people(3):
        RecognitionFactory(
            resident=person,
            of="severe_disability",
            attributes={"level": 1},
            valid_to=day(stood_until) if stood_until else None,
        )
    clerk = UserFactory()
    batch = certificates(3, "2025-04-01", user=clerk, mode=mode)

    guard = endings_guard(batch)

    assert (guard.ending, guard.shortened, guard.standing, guard.needs_second) == (3, 3, 3, True)
    row = InboundRow.objects.filter(batch=batch).order_by("number")[0]
    was = "原至 2029-12-31" if stood_until else "原为长期"
    assert row.message == (
        f"更新 重度残疾人（有效期提前至 2025-04-01，{was}，"
        "残疾类别：没有注明 → 肢体，证件有效期：没有注明 → 2025-04-01）"
    )
    with pytest.raises(SecondUserNeeded, match="取消或提前终止 3 条"):
        apply(batch, user=clerk)
    assert apply(batch, user=clerk, second_user=UserFactory()).status == "applied"
    assert set(Recognition.objects.values_list("valid_to", flat=True)) == {day("2025-04-02")}


@pytest.mark.parametrize("mode", ["full", "supplementary"])
def test_a_longer_term_ends_nobody(mode):
    for person in people(3):
        RecognitionFactory(
            resident=person, of="severe_disability", attributes={"level": 1}, valid_to=day("2025-06-01")
        )
    batch = certificates(3, "2035-04-01", user=UserFactory(), mode=mode)

    assert endings_guard(batch).ending == 0
    told = (
        "更新 重度残疾人（残疾类别：没有注明 → 肢体，证件有效期：没有注明 → 2035-04-01，"
        "有效期至：2025-05-31 → 2035-04-01）"
    )
    assert set(InboundRow.objects.filter(batch=batch).values_list("message", flat=True)) == {told}
    assert apply(batch, user=UserFactory()).status == "applied"


def test_rows_that_waited_for_a_name_end_no_more_than_one_person_may():
    for person in people(20):
        RecognitionFactory(resident=person)
    mapper, other = reviewer(), UserFactory()
    rows = [(serial, f"人{serial}", "甲类" if serial > 1 else "低保、孤儿") for serial in range(20)]
    batch = apply(plan(civil(*rows), user=mapper), user=mapper)

    map_identity_name(name="甲类", category="orphan", reason="x", user=mapper)
    batch.refresh_from_db()

    assert batch.counts == {"new": 2, "held": 18}
    assert Recognition.objects.filter(category="subsistence_allowance", valid_to=None).count() == 20
    row = InboundRow.objects.filter(batch=batch, code="endings_need_second").order_by("number")[0]
    with pytest.raises(SecondUserNeeded):
        compare_row_again(row=row, user=mapper)
    assert apply_held(batch=batch, user=mapper) == {"held": 18}
    assert apply_held(batch=batch, user=other) == {"changed": 18}
    assert Recognition.objects.filter(category="subsistence_allowance", valid_to=None).count() == 2


def test_rows_tried_again_one_by_one_end_no_more_together_than_one_person_may():
    persons = people(20)
    for person in persons:
        RecognitionFactory(resident=person)
    clerk, other = UserFactory.create_batch(2)
    wrong = [(serial, f"人{serial}误", "孤儿") for serial in range(3)]
    right = [(serial, f"人{serial}", "低保、孤儿") for serial in range(3, 20)]
    batch = apply(plan(civil(*wrong, *right), user=clerk), user=clerk)
    for person in persons[:3]:
        person.name += "误"
        person.save()
    first, second, third = InboundRow.objects.filter(batch=batch, code="name_differs").order_by("number")

    assert compare_row_again(row=first, user=clerk).outcome == "changed"  # one of twenty
    waits = compare_row_again(row=second, user=clerk)

    assert (waits.outcome, waits.code) == ("held", "endings_need_second")
    assert "本清单共将取消或提前终止 2 条，超过 5%" in waits.message
    with pytest.raises(SecondUserNeeded):
        compare_row_again(row=second, user=clerk)
    assert compare_row_again(row=second, user=other).outcome == "changed"
    assert compare_row_again(row=third, user=other).code == "endings_need_second"
    assert Recognition.objects.filter(category="subsistence_allowance", valid_to=None).count() == 18


def agreed(place, share):
    ListAgreementFactory(
        agency=AgencyFactory(), area=place, endings_share=Decimal(share), starts_on=day("2025-01-01")
    )


def listed(count, *, without=()):
    """Return a list of the first people, all with 低保, but for those left out."""
    return civil(*((serial, f"人{serial}", "低保") for serial in range(count) if serial not in without))


def test_a_citys_list_is_held_to_the_limits_of_its_counties_and_names_the_one_that_is_passed():
    for person in people(30):
        RecognitionFactory(resident=person)
    for serial in range(30, 40):
        there = ResidentFactory(number=number(serial), name=f"人{serial}", living_area=shangzhi())
        RecognitionFactory(resident=there)
    agreed(shangzhi(), "0.05")
    agreed(daoli(), "0.10")
    clerk, other = UserFactory.create_batch(2)

    batch = plan(listed(40, without=(0, 39)), user=clerk)

    guard = endings_guard(batch)
    assert (guard.ending, guard.standing, guard.is_passed, guard.needs_second) == (2, 40, False, True)
    assert [(each.area, each.ending, each.standing) for each in guard.areas] == [
        ("道里区", 1, 30),
        ("尚志市", 1, 10),
    ]
    with pytest.raises(
        SecondUserNeeded, match="不超过现有 40 条的 5%，但尚志市 1 条，超过该地区现有 10 条的 5%"
    ):
        apply(batch, user=clerk)
    notice = guard_notice(guard, batch=batch, user=clerk)
    assert "占清单所涉在册 40 条的 5.0%，不超过 5%；其中尚志市 1 条，超过该地区现有 10 条的 5%" in notice.text
    assert apply(batch, user=clerk, second_user=other).counts["ended"] == 2
    assert (endings_guard(batch).standing, endings_guard(batch).areas[1].standing) == (40, 10)  # as before


@pytest.mark.parametrize(("agreed_above", "needs_second"), [(None, True), ("0.5", True), ("1", False)])
def test_a_county_without_a_limit_of_its_own_has_that_of_a_list_of_its_own(agreed_above, needs_second):
    for person in people(40):
        RecognitionFactory(resident=person)
    there = ResidentFactory(number=number(40), name="人40", living_area=shangzhi())
    RecognitionFactory(resident=there)
    agreed(daoli(), "0.05")
    if agreed_above:
        agreed(shangzhi().parent, agreed_above)

    batch = plan(
        listed(41, without=(40,)), user=UserFactory()
    )  # all who stand there, of all together one in 41

    guard = endings_guard(batch)
    assert (guard.is_passed, guard.needs_second) == (False, needs_second)
    assert [(each.area, each.ending, each.standing) for each in guard.areas] == [("尚志市", 1, 1)]


@pytest.mark.parametrize(("lives_in", "counted_at"), [(tangshan, "尚志市"), (daoli, "道里区")])
def test_whoever_lives_outside_the_lists_area_counts_where_they_are_registered(lives_in, counted_at):
    for person in people(2, living_area=lives_in(), hukou_area=shangzhi()):
        RecognitionFactory(resident=person)
    for serial in range(2, 62):
        there = ResidentFactory(number=number(serial), name=f"人{serial}", living_area=daoli())
        RecognitionFactory(resident=there)
    batch = plan(listed(62, without=(0, 1)), user=UserFactory())

    guard = endings_guard(batch)

    assert (guard.ending, guard.standing, guard.is_passed) == (2, 62, False)
    standing = 2 if counted_at == "尚志市" else 62
    assert [(each.area, each.ending, each.standing) for each in guard.areas] == [(counted_at, 2, standing)]
    assert guard.needs_second == (counted_at == "尚志市")
