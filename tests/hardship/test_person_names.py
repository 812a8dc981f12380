"""Names as they are compared."""

import pytest

from hardship.rules.person_names import bare_name


@pytest.mark.parametrize("name", ["阿依·古丽", "阿依•古丽", "阿依．古丽", " 阿依 古丽", "阿依古丽"])
def test_dots_and_spaces_are_no_part_of_a_name(name):
    assert bare_name(name) == "阿依古丽"


def test_width_and_case_make_no_difference_and_a_name_of_signs_is_none():
    assert bare_name("Ｍaria") == bare_name("MARIA")
    assert bare_name("·-—") == ""
