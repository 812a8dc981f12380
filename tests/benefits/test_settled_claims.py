"""What the documents say becomes of a settled claim, and that silence is asked about."""

import pytest

from benefits.rules.settled_claims import Fate, settled_claim_fate
from policy.loader import load_shipped
from policy.schema.benefits import CriticalIllness

HARBIN = load_shipped("230100/2025")
LEAF = {"unit": "rule", "clause": "试〔2025〕1号"}


def test_heilongjiang_freezes_what_was_settled_before_an_identity_was_known():
    answer = settled_claim_fate(HARBIN.critical_illness, is_error=False)

    assert answer.value is Fate.FROZEN
    assert answer.steps[0].clause == "黑医保发〔2024〕45号 六(一)"


@pytest.mark.parametrize(
    ("section", "is_error", "rule"),
    [
        (HARBIN.critical_illness, True, "大病保险：“结算后查明的误认身份”"),
        (HARBIN.medical_assistance, False, "医疗救助：“结算后才得知的身份变动”"),
        (HARBIN.medical_assistance, True, "医疗救助：“结算后查明的误认身份”"),
    ],
)
def test_silence_is_asked_about_and_named(section, is_error, rule):
    answer = settled_claim_fate(section, is_error=is_error)

    assert answer.value is Fate.ASKS
    assert rule in answer.steps[0].reading


@pytest.mark.parametrize(
    ("said", "fate"), [("frozen", Fate.FROZEN), ("resettle", Fate.CHANGED), ("case", Fate.ASKS)]
)
def test_each_word_of_the_document_means_one_fate(said, fate):
    section = CriticalIllness(wrong_identity={"value": said, **LEAF}, late_identity={"value": "case", **LEAF})

    assert settled_claim_fate(section, is_error=True).value is fate
