"""Staff read Chinese: every code the shipped law uses has a word, and so has the place of every silence."""

import re

import pytest

from policy.errors import RuleNotPublished
from policy.loader import load_shipped, shipped_keys
from policy.policy import leaves
from policy.words import place_name, said

CODE = re.compile(r"[a-z_]+")


def codes(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, tuple | list) else []


@pytest.mark.parametrize("key", shipped_keys())
def test_every_code_of_the_shipped_law_has_a_word(key: str):
    policy = load_shipped(key)
    used = {code for _, leaf in leaves(policy.data) for code in codes(leaf.value)} - set(policy.data.category)

    assert {code for code in used if CODE.fullmatch(said(code))} == set()


def test_a_silence_names_its_place_and_says_it_in_chinese():
    silence = RuleNotPublished(area="130200", year=2025, rule="critical_illness.deductible")

    assert "没有规定“critical_illness.deductible”（大病保险·起付标准）" in silence.message


def test_names_of_the_documents_own_stay_as_they_are():
    assert place_name("assistance.tier.own_name.payers.ltc") == "资助参保·档次·own_name·出资方·长期护理保险"
