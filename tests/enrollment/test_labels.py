"""Windows and groups are named by the policy the figures rest on, as soon as it can be read."""

import pytest

from enrollment.admin.labels import policy_label
from policy.services.versions import load_shipped_policies

pytestmark = pytest.mark.django_db


def test_a_policy_approved_later_names_its_windows_from_then_on():
    assert policy_label("230000/2025", "window", "late_subsidized") == "late_subsidized"

    load_shipped_policies()

    assert policy_label("230000/2025", "window", "late_subsidized") == "延长缴费期结束后至6月30日"
    assert policy_label("230000/2025", "group", "newborn") == "出生90天内参保的新生儿"


def test_a_year_kept_before_any_policy_has_no_window():
    assert policy_label("", "window", "") == ""
