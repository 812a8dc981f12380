"""Names as they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardship.rules.person_names import (
    Namesakes,
    are_one_name,
    bare_name,
    clearest,
    has_lost_signs,
    is_same_name,
)

MARKS = ["?", "？", "□", "■", "〓", "\ufffd", "\ue863", "\U000f0000"]
SIGNS = "王李飞明𠮷䶮买提古丽"
whole = st.text(alphabet=SIGNS, min_size=1, max_size=6)


@pytest.mark.parametrize("name", ["阿依·古丽", "阿依•古丽", "阿依．古丽", " 阿依 古丽", "阿依古丽"])
def test_dots_and_spaces_are_no_part_of_a_name(name):
    assert bare_name(name) == "阿依古丽"
    assert is_same_name(name, "阿依·古丽")


def test_width_and_case_make_no_difference_and_a_name_of_signs_is_none():
    assert is_same_name("Ｍaria", "MARIA")
    assert bare_name("·-—") == ""
    assert not is_same_name("·", "—")
    assert not is_same_name("·", "·")


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_one_character_of_the_name(mark):
    assert is_same_name(f"{mark}飞", "𠮷飞")
    assert is_same_name("𠮷飞", f"{mark}飞")
    assert is_same_name(f"买{mark}提", "买买提")
    assert not is_same_name(f"{mark}飞", "李明")
    assert not is_same_name(f"{mark}{mark}飞", "李飞")
    assert not is_same_name(f"𠮷飞{mark}", "𠮷飞")
    assert not is_same_name(mark * 2, "𠮷飞")
    assert not is_same_name(mark * 2, mark * 2)
    assert not is_same_name(f"{mark}飞", f"𠮷{mark}")


def test_two_marks_in_a_row_are_one_character_that_windows_writes_as_two():
    assert is_same_name("??飞", "𠮷飞")
    assert is_same_name("王𠮷飞", "王??飞")
    assert is_same_name("????飞", "𠮷䶮𠮷飞") is False  # 䶮 takes one unit
    assert is_same_name("?????飞", "𠮷䶮𠮷飞")
    assert not is_same_name("?飞?", "𠮷飞")
    assert not is_same_name("???", "𠮷飞")
    assert not is_same_name("??飞", "李飞")


def test_a_mark_may_be_the_dot_that_the_file_had_no_sign_for():
    assert is_same_name("阿依?古丽", "阿依•古丽")
    assert is_same_name("阿依?古丽", "阿依小古丽")
    assert not is_same_name("阿依?古丽", "阿依古丽")


def test_two_characters_that_are_newer_than_the_tables_are_two():
    assert not is_same_name("\U00031350飞", "\U00031351飞")
    assert is_same_name("?飞", "\U00031350飞")


@given(whole, st.data())
def test_who_lost_some_characters_is_known_by_the_others(name, data):
    lost = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    shown = "".join(
        data.draw(st.sampled_from(MARKS)) if is_lost else sign
        for sign, is_lost in zip(name, lost, strict=True)
    )

    assert is_same_name(shown, name) is is_same_name(name, shown) is not all(lost)


@given(whole, whole, st.data())
def test_nobody_is_taken_for_another_whose_known_characters_differ(name, other, data):
    place = data.draw(st.integers(0, len(name) - 1))
    shown = name[:place] + "?" + name[place + 1 :]
    may_be = len(shown) == len(other) > 1 and all(
        mine in ("?", theirs) for mine, theirs in zip(shown, other, strict=True)
    )

    assert is_same_name(shown, other) is may_be
    assert is_same_name(name, other) is (name == other)


@given(st.text(alphabet=SIGNS, min_size=1, max_size=6))
def test_a_name_written_by_windows_is_the_name_unless_nothing_is_left(name):
    shown = "".join("??" if ord(sign) > 0xFFFF else "?" if sign == "䶮" else sign for sign in name)

    assert is_same_name(shown, name) is is_same_name(name, shown) is bool(shown.replace("?", ""))


@given(
    st.lists(st.text(alphabet=SIGNS + "?·", max_size=4), max_size=8),
    st.text(alphabet=SIGNS + "?·", max_size=4),
)
def test_namesakes_are_those_that_may_be_one(names, name):
    namesakes = Namesakes()
    for each in names:
        namesakes.add(each, f"known of {bare_name(each)}")

    found = namesakes.known_of(name)

    alike = [f"known of {bare_name(each)}" for each in names if is_same_name(each, name)]
    assert (found in alike) if alike else (found is None)


def test_the_first_of_one_name_tells():
    namesakes = Namesakes()
    namesakes.add("人1", "第2行")
    namesakes.add("人·1", "第3行")

    assert namesakes.known_of("人 1") == "第2行"


def test_names_are_one_if_each_two_may_be():
    assert are_one_name(["𠮷飞", "?飞", "𠮷 飞"])
    assert are_one_name(["𠮷飞"])
    assert not are_one_name(["?飞", "𠮷飞", "李飞"])
    assert not are_one_name(["??", "𠮷飞"])


def test_the_clearest_name_lost_the_least():
    assert clearest(["?飞", "𠮷飞", "李飞"]) == "𠮷飞"
    assert clearest(["\ue863飞?", "?飞明"]) == "?飞明"


@pytest.mark.parametrize(
    ("name", "lost"),
    [("?飞", True), ("？飞", True), ("??飞", True), ("\ufffd飞", True), ("□飞", True), ("王■", True),
     ("𠮷飞", False), ("阿依·古丽", False), ("\ue000飞", False)],
)  # fmt: skip
def test_a_name_says_whether_a_program_lost_a_character_of_it(name, lost):
    assert has_lost_signs(name) is lost
