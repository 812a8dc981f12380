"""Staff see their areas and nothing else."""

import pytest
from django.contrib.auth.models import AnonymousUser

from registry.models import Area, Role
from registry.selectors import has_role, scope_filter, scoped_areas, scoped_households, scoped_residents
from tests.registry import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    lunan = factories.area("130202", parent=factories.tangshan())
    return {
        "daoli": factories.ResidentFactory(),
        "town": factories.ResidentFactory(
            living_area=factories.area("230102001000", parent=factories.daoli())
        ),
        "shangzhi": factories.ResidentFactory(living_area=factories.shangzhi()),
        "lunan": factories.ResidentFactory(living_area=lunan, pooling_area=factories.tangshan()),
    }


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        ([], set()),
        (["230000"], {"daoli", "town", "shangzhi"}),
        (["230100"], {"daoli", "town", "shangzhi"}),
        (["230102"], {"daoli", "town"}),
        (["230102001000"], {"town"}),
        (["230102001000", "130200"], {"town", "lunan"}),
        (["230102", "230102001000"], {"daoli", "town"}),
    ],
)
def test_a_scope_reaches_everything_below_it(people, scopes, seen, django_assert_num_queries):
    user = factories.UserFactory()
    for code in scopes:
        factories.StaffScopeFactory(user=user, area=Area.objects.get(code=code))

    with django_assert_num_queries(2 if scopes else 1):  # scopes, residents
        found = set(scoped_residents(user))

    assert found == {people[name] for name in seen}


def test_superusers_see_all_and_strangers_nothing(people):
    root = factories.UserFactory(is_superuser=True)

    assert scoped_residents(root).count() == 4
    assert not scoped_residents(AnonymousUser()).exists()
    assert not scoped_areas(factories.UserFactory()).exists()


def test_scopes_hold_for_areas_households_and_by_role(people):
    scope = factories.StaffScopeFactory(area=factories.daoli(), role=Role.VIEWER)
    household = factories.HouseholdFactory()
    factories.HouseholdFactory(area=factories.shangzhi())

    assert set(scoped_areas(scope.user).values_list("code", flat=True)) == {"230102", "230102001000"}
    assert list(scoped_households(scope.user)) == [household]
    assert has_role(scope.user, Role.VIEWER, area=factories.daoli())
    assert not has_role(scope.user, Role.REVIEWER, area=factories.daoli())
    assert not has_role(scope.user, Role.VIEWER, area=factories.harbin())
    assert not has_role(AnonymousUser(), Role.VIEWER, area=factories.daoli())
    assert not Area.objects.filter(scope_filter(scope.user, area="", roles=[Role.REVIEWER])).exists()
