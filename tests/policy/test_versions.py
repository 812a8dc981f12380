import pytest
from django.contrib.auth import get_user_model

from policy.errors import PolicyInvalid, PolicyNotFound
from policy.loader import read_shipped
from policy.models import PolicyStatus, PolicyVersion
from policy.selectors import policy_for
from policy.services.versions import (
    PolicyFrozen,
    SamePerson,
    approve,
    load_shipped_policies,
    save_draft,
    submit,
)

pytestmark = pytest.mark.django_db


def test_load_twice_changes_nothing():
    loaded, _ = load_shipped_policies()
    again, unchanged = load_shipped_policies()

    assert "130200/2025" in loaded
    assert again == []
    assert set(unchanged) == set(loaded)


def test_nearest_area_of_the_chain_answers():
    load_shipped_policies()

    assert policy_for(areas=["230102", "230100", "230000"], year=2025).area == "230100"
    assert policy_for(areas=["230200", "230000"], year=2025).area == "230000"


def test_year_without_a_notice_is_refused():
    load_shipped_policies()

    with pytest.raises(PolicyNotFound, match="2026"):
        policy_for(areas=["230100", "230000"], year=2026)


def test_a_second_person_makes_a_draft_law_and_the_one_before_is_superseded(django_user_model):
    load_shipped_policies()
    author = get_user_model().objects.create_user("author")
    reviewer = get_user_model().objects.create_user("reviewer")
    text = read_shipped("230100/2025").replace("value = 12000,", "value = 14000,")
    draft = submit(version=save_draft(text=text, user=author))

    with pytest.raises(SamePerson):
        approve(version=draft, user=author)
    approve(version=draft, user=reviewer)

    assert policy_for(areas=["230100"], year=2025).critical_illness.deductible.value == 14000
    assert PolicyVersion.objects.get(area="230100", number=1).status == PolicyStatus.SUPERSEDED
    with pytest.raises(PolicyFrozen):
        save_draft(text=text, user=author, version=draft)


def test_every_change_of_a_version_leaves_its_reason():
    load_shipped_policies()
    author = get_user_model().objects.create_user("author")

    draft = save_draft(text=read_shipped("230100/2025") + "\n# 校核\n", user=author)
    submit(version=draft)

    assert list(draft.history.order_by("history_id").values_list("history_change_reason", flat=True)) == [
        "save draft 230100/2025",
        "submit 230100/2025",
    ]


def test_a_correction_of_a_text_is_one_of_a_text_in_force(django_user_model):
    text = read_shipped("CN/2025")
    author = get_user_model().objects.create_user("author")

    with pytest.raises(PolicyInvalid, match="不能是文字差错的更正"):
        save_draft(text=text, user=author, corrects=True)
    load_shipped_policies()
    version = save_draft(text=text, user=author, corrects=True)

    assert version.corrects
    assert version.history.latest().corrects
    assert not save_draft(text=text, user=author, version=version).corrects
