"""What an unknown name may mean is proposed, the likeliest first."""

import pytest

from hardship.rules.identity_names import Meaning
from hardship.rules.name_suggestions import suggestions

RESIDENCE = frozenset({"residence"})
KNOWN = {
    "特困": Meaning("extreme_hardship", carries=RESIDENCE),
    "农村五保": Meaning("extreme_hardship", {"residence": "rural"}, carries=RESIDENCE),
    "低保对象": Meaning("subsistence_allowance", carries=RESIDENCE),
    "低保边缘户": Meaning("subsistence_margin"),
    "边缘易致贫户": Meaning("marginal"),
    "重度残疾人": Meaning("severe_disability", {"level": 2}, carries=frozenset({"level"})),
    "脱贫人口低保对象": Meaning("subsistence_allowance", also=("exited_poverty",), carries=RESIDENCE),
}


def found(name, **more):
    return [(each.category, dict(each.attributes), each.like) for each in suggestions(name, KNOWN, **more)]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("五保老人（农村）", ("extreme_hardship", {"residence": "rural"}, "农村五保")),
        ("特困老人", ("extreme_hardship", {}, "特困")),
        ("城市低保对像", ("subsistence_allowance", {"residence": "urban"}, "低保对象")),
        ("重残一级", ("severe_disability", {"level": 1}, "重度残疾人")),
        ("脱贫人口低保", ("subsistence_allowance", {}, "脱贫人口低保对象")),
    ],
)
def test_the_likeliest_meaning_comes_first_with_what_the_name_says(name, first):
    assert found(name)[0] == first


def test_nothing_is_proposed_for_a_name_like_none():
    assert found("五好家庭") == []


def test_each_meaning_is_proposed_once_and_no_more_than_asked():
    names = [category for category, *_ in found("低保户", most=2)]

    assert len(names) == 2
    assert len({(each.category, each.also) for each in suggestions("低保", KNOWN)}) == len(
        suggestions("低保", KNOWN)
    )


def test_of_likes_the_senders_own_category_comes_first():
    assert found("边缘户")[0][0] == "marginal" or found("边缘户")[0][0] == "subsistence_margin"
    assert found("边缘户", own=frozenset({"marginal"}))[0][0] == "marginal"
    assert found("边缘户", own=frozenset({"subsistence_margin"}))[0][0] == "subsistence_margin"
