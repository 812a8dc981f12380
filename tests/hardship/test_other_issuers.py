"""What a list says of identities another agency answers for is told, and changes nothing."""

import pytest

from exchange.admin.plan import sums_of
from exchange.models import InboundBatch, InboundRow
from hardship.models import Recognition
from hardship.rules.attribute_words import attributes_told, changes_told, values_changed
from hardship.rules.listed_identities import Held, Said
from hardship.rules.other_issuers import Unheeded, unheeded
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, day, people, plan

CODE = "severe_disability"
UNSAID = "清单称重度残疾人（残疾等级：1），登记没有注明，以残联的认定为准，不作改动"


def record(**attributes):
    return Held(7, CODE, day("2024-01-01"), None, attributes)


@pytest.mark.parametrize(
    ("said", "held", "expected"),
    [
        ({"level": 1}, record(level=2), [Unheeded(CODE, {"level": 1}, {"level": 2})]),
        ({"level": 1}, record(), [Unheeded(CODE, {"level": 1}, {})]),
        ({"level": 1, "residence": "rural"}, record(level=1, residence="rural"), []),
        ({}, record(level=1), []),
        ({"risk_eliminated": False}, record(), []),
        ({"certificate_until": "2030-01-01"}, record(), []),
        ({"level": 1}, Held(7, CODE, day("2024-01-01"), MARCH, {"level": 2}), []),
    ],
)
def test_only_what_the_record_of_another_says_otherwise_is_told(said, held, expected):
    assert list(unheeded([Said(CODE, said)], [held], as_of=MARCH, own=frozenset())) == expected
    assert list(unheeded([Said(CODE, said)], [held], as_of=MARCH, own=frozenset({CODE}))) == []


def test_attributes_are_told_in_the_words_of_the_category():
    said = attributes_told({"residence": "rural", "level": 2, "risk_eliminated": True}, {"level": "残疾等级"})

    assert said == "城乡：农村；残疾等级：2；风险已消除：是"


@pytest.mark.django_db
def test_a_level_the_sender_does_not_recognise_is_told_in_the_plan_and_left_as_it_is():
    known, unsaid, agreed = people(3)
    for person, attributes in ((known, {"level": 2}), (unsaid, {}), (agreed, {"level": 1})):
        RecognitionFactory(resident=person, of=CODE, attributes=attributes)

    batch = plan(
        civil(
            (0, "人0", "重度残疾人（一级）"),
            (1, "人1", "低保、重度残疾人（一级）"),
            (2, "人2", "重度残疾人（一级）"),
        )
    )

    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    assert list(rows.values_list("outcome", "code", "message")) == [
        (
            "unchanged",
            "differs_from_issuer",
            "清单称重度残疾人（残疾等级：1），登记为“残疾等级：2”，以残联的认定为准，不作改动",
        ),
        (
            "new",
            "differs_from_issuer",
            f"新增 低保对象（自 2025-03-31）；{UNSAID}",
        ),
        ("unchanged", "", ""),
    ]
    told = [(each.outcome, among[:2]) for each in sums_of(batch) for among in each.among]
    assert told == [
        ("new", ("与认定部门登记的不一致", 1)),
        ("unchanged", ("有说明", 1)),
        ("unchanged", ("与认定部门登记的不一致", 1)),
    ]
    apply(InboundBatch.objects.get(pk=batch.pk))
    assert Recognition.objects.get(resident=known).attributes == {"level": 2}


def test_what_changes_is_told_old_and_new_in_the_order_of_the_new():
    before, after = (
        {"level": 2, "kind": "肢体", "valid_to": None},
        {"kind": "肢体", "valid_to": "2026-01-01", "level": 1},
    )

    assert values_changed(before, after) == {"valid_to": (None, "2026-01-01"), "level": (2, 1)}
    assert changes_told(before, {**after, "former_poverty": True}, {"level": "残疾等级"}) == [
        "有效期至：长期 → 2025-12-31",
        "残疾等级：2 → 1",
        "脱贫户：没有注明 → 是",
    ]
    assert changes_told({"residence": "rural"}, {}, {}) == ["城乡：农村 → 没有注明"]
