"""Identity numbers: read, refused, masked, sealed and found again."""

import datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from stdnum.cn import ric

from registry.models.sealing import UnreadableSeal, blind_index, open_sealed, seal
from registry.rules.identity_numbers import InvalidIdentityNumber, masked, normalized, read_identity_number

DAY = datetime.date(2025, 3, 10)


@pytest.mark.parametrize(
    ("text", "born_on", "sex"),
    [
        ("230199196503010428", datetime.date(1965, 3, 1), "2"),
        ("230199202503100114", datetime.date(2025, 3, 10), "1"),
        ("13029919530707013X", datetime.date(1953, 7, 7), "1"),
        ("230199200802290262", datetime.date(2008, 2, 29), "2"),
        (" １３０２９９１９５３０７０７０１３ｘ\ufeff", datetime.date(1953, 7, 7), "1"),
        ("130299 19530707 013x", datetime.date(1953, 7, 7), "1"),
    ],
)
def test_a_number_says_birth_and_sex_whatever_its_spelling(text, born_on, sex):
    read = read_identity_number(text, on=DAY)

    assert (read.born_on, read.sex) == (born_on, sex)
    assert read.number == normalized(text)
    assert len(read.number) == 18


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "length"),
        ("23019919650301042", "length"),
        ("230199650301042", "length"),
        ("23019919650301O428", "characters"),
        ("2301991965030104²8", "characters"),
        ("X30199196503010428", "characters"),
        ("230199196503010429", "check_digit"),
        ("230199190102290023", "birth_date"),
        ("230199202502290012", "birth_date"),
    ],
)
def test_a_wrong_number_is_refused_by_its_wrong_part(text, part):
    if part == "birth_date":
        text = text[:17] + ric.calc_check_digit(text)

    with pytest.raises(InvalidIdentityNumber) as refused:
        read_identity_number(text, on=DAY)

    assert refused.value.details["part"] == part
    assert not text or text not in refused.value.message


def test_nobody_is_born_tomorrow():
    born_today = "230199202503100114"

    assert read_identity_number(born_today, on=DAY).born_on == DAY
    with pytest.raises(InvalidIdentityNumber, match="晚于"):
        read_identity_number(born_today, on=DAY - datetime.timedelta(days=1))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("230199196503010428", "230199********0428"),
        ("H12345678", "H1*****78"),
        ("AB12", "****"),
        ("", ""),
    ],
)
def test_a_masked_number_hides_its_middle(number, shown):
    assert masked(number) == shown


def test_a_sealed_number_opens_and_differs_each_time():
    first, second = seal("230199196503010428"), seal("230199196503010428")

    assert first != second
    assert b"2301991965" not in first
    assert open_sealed(first) == open_sealed(memoryview(second)) == "230199196503010428"


def test_an_altered_seal_or_another_key_does_not_open(settings):
    sealed = seal("230199196503010428")
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])

    with pytest.raises(UnreadableSeal):
        open_sealed(altered)
    with pytest.raises(UnreadableSeal):
        open_sealed(b"plain text")
    settings.IDENTITY_NUMBER_KEY = bytes(16)
    with pytest.raises(UnreadableSeal):
        open_sealed(sealed)


def test_the_index_is_stable_keyed_and_does_not_show_the_number(settings):
    index = blind_index("230199196503010428")

    assert index == blind_index("230199196503010428")
    assert len(index) == 32
    assert index != blind_index("230199202503100114")
    settings.IDENTITY_NUMBER_INDEX_KEY = bytes(32)
    assert index != blind_index("230199196503010428")


def test_short_keys_are_refused(settings):
    settings.IDENTITY_NUMBER_KEY = bytes(15)
    with pytest.raises(ImproperlyConfigured, match="16 bytes"):
        seal("x")
    settings.IDENTITY_NUMBER_INDEX_KEY = bytes(16)
    with pytest.raises(ImproperlyConfigured, match="32 bytes"):
        blind_index("x")
