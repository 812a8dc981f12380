"""What rows deny, what their sender does not recognise, and which row and document an identity is of."""

import datetime

import pytest

from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.services.lists import SecondUserNeeded, replan_list, resolve_row
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, day, number, outcomes, people, plan
from tests.registry.factories import UserFactory

APRIL = datetime.date(2025, 4, 30)
SEVERE, CODE = "severe_disability", "special_family_planning"
CERTIFICATES = ["姓名", "残疾人证号", "有效期"]


def certificates(*rows):
    lines = [[f"人{serial}", number(serial) + suffix, until] for serial, suffix, until in rows]
    return write_xlsx(CERTIFICATES, lines)


def disabled(*rows, **more):
    return plan(certificates(*rows), **{"kind": "disabled_federation"} | more)


def decided(batch, decision, **which):
    row = InboundRow.objects.get(batch=batch, outcome="conflict", **which)
    return resolve_row(row=row, decision=decision, reason="已核对认定文书", user=UserFactory())


@pytest.mark.django_db
@pytest.mark.parametrize("suffixes", [("42", "43B1"), ("43", "42B1"), ("41", "42B1")])
def test_two_certificates_that_contradict_one_another_are_for_people_to_look_at(suffixes):
    people(1)

    batch = disabled(*[(0, suffix, "") for suffix in suffixes])

    assert outcomes(batch) == [(2, "conflict", "identities_contradict"), (3, "duplicate", "same_person")]
    replan_list(batch=batch)
    assert outcomes(batch)[0] == (2, "conflict", "identities_contradict")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("decision", "outcome", "stands"), [("adopt", "changed", set()), ("keep", "kept", {SEVERE})]
)
def test_a_level_no_longer_severe_asks_whether_the_identity_ends(decision, outcome, stands):
    (person,) = people(1)
    apply(disabled((0, "42", "")))

    batch = apply(disabled((0, "43B1", ""), mode="supplementary", as_of=APRIL))

    row = InboundRow.objects.get(batch=batch)
    assert (row.outcome, row.code) == ("conflict", "no_longer_held")
    assert row.message == (
        "清单写明不是重度残疾人，登记自 2025-03-31 起为重度残疾人（残疾类别：肢体；残疾等级：2），"
        "本名单不自动取消，请核对后决定"
    )
    assert held_by(person.pk, day=APRIL) == {SEVERE}
    row = decided(batch, decision)
    assert (row.outcome, held_by(person.pk, day=APRIL)) == (outcome, stands)
    assert held_by(person.pk, day=day("2025-04-29")) == {SEVERE}


@pytest.mark.django_db
def test_a_full_list_with_the_level_ends_the_identity_by_itself():
    (person, _) = people(2)
    apply(disabled((0, "42", ""), (1, "42", "")))

    batch = disabled((0, "43B1", ""), (1, "42", ""), as_of=APRIL)

    assert outcomes(batch) == [(2, "changed", "no_identity"), (3, "unchanged", "")]
    assert held_by(person.pk, day=APRIL) == {SEVERE}


@pytest.mark.django_db
def test_a_supplementary_list_says_what_it_left_unsaid():
    (person,) = people(1)
    RecognitionFactory(resident=person, of="unstable_exit")
    sheet = write_xlsx(
        ["户编号", "姓名", "证件号码", "户类型", "监测对象类别"], [["H1", "人0", number(0), "一般农户", ""]]
    )

    batch = plan(sheet, kind="rural_affairs", mode="supplementary")

    assert InboundRow.objects.get(batch=batch).message == (
        "清单未给出困难身份；登记的脱贫不稳定户清单没有写到，补充名单不作改动"
    )


@pytest.mark.django_db
def test_an_identity_keeps_the_row_and_document_that_gave_it():
    (person,) = people(1)
    sheet = write_xlsx(
        ["身份证号", "姓名", "医疗救助身份", "认定文书"],
        [
            [number(0), "人0", "低保", "低字1号"],
            ["", "", "", ""],
            [number(0), "人0", "特困", "特字9号"],
            [number(0), "人0", "孤儿、低保", ""],
        ],
    )

    batch = plan(sheet, mode="supplementary")
    apply(replan_list(batch=batch))

    found = Recognition.objects.filter(resident=person).order_by("row_number")
    assert list(found.values_list("category_id", "row_number", "document")) == [
        ("subsistence_allowance", 2, "低字1号"),
        ("extreme_hardship", 4, "特字9号"),
        ("orphan", 5, ""),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("decision", "stands"),
    [("adopt", {"subsistence_allowance", CODE}), ("keep", {"subsistence_allowance"})],
)
def test_what_the_sender_does_not_recognise_begins_only_by_a_decision(decision, stands):
    (person,) = people(1)

    batch = apply(plan(civil((0, "人0", "低保、计划生育特殊家庭"))))

    row = InboundRow.objects.get(batch=batch)
    assert (row.outcome, row.code) == ("conflict", "not_the_issuer")
    assert row.message == (
        "计划生育特殊家庭父母由卫生健康认定，本名单的报送部门不认定，登记簿中没有，请凭认定文书决定"
    )
    assert not held_by(person.pk, day=MARCH)
    decided(batch, decision)
    assert held_by(person.pk, day=MARCH) == stands


@pytest.mark.django_db
def test_who_imported_a_list_does_not_accept_what_its_sender_does_not_recognise():
    people(1)
    user = UserFactory()
    sheet = write_xlsx(["姓名", "证件号码", "身份类别"], [["人0", number(0), "特困人员"]])
    batch = apply(plan(sheet, kind="rural_affairs", user=user))
    row = InboundRow.objects.get(batch=batch, code="not_the_issuer")

    with pytest.raises(SecondUserNeeded):
        resolve_row(row=row, decision="adopt", reason="已核对认定文书", user=user)

    assert not Recognition.objects.exists()


@pytest.mark.django_db
def test_civil_affairs_pass_on_what_rural_affairs_and_the_federation_recognise():
    (person,) = people(1)

    apply(plan(civil((0, "人0", "低保、重度残疾人（一级）、脱贫人口"))))

    assert held_by(person.pk, day=MARCH) == {"subsistence_allowance", SEVERE, "exited_poverty"}


@pytest.mark.django_db
def test_another_first_day_is_told_and_changes_nothing():
    people(3)
    apply(plan(civil(*[(serial, f"人{serial}", "低保", "2024-09-01") for serial in range(3)])))

    batch = plan(
        civil((0, "人0", "低保", "2023-01-01"), (1, "人1", "低保", "2024-09-01"), (2, "人2", "低保")),
        as_of=APRIL,
    )

    assert outcomes(batch) == [(2, "unchanged", "start_differs"), (3, "unchanged", ""), (4, "unchanged", "")]
    assert InboundRow.objects.get(batch=batch, number=2).message == (
        "清单称低保对象自 2023-01-01 起，登记自 2024-09-01 起，不作改动；"
        "名单生效后可在本行采用名单的起始日期，或保留登记"
    )
