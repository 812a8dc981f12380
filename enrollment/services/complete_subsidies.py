"""Share subsidies out that could not be when the money came: a class or a ratio has been entered since."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from casework.services import open_cases
from enrollment.models import ContributionPeriod
from enrollment.selectors.insured import insured_in_year
from enrollment.selectors.policies import policies_for
from enrollment.selectors.whereabouts import whereabouts
from enrollment.services.subsidies import Entitled, SubsidyLedger
from policy.schema.enrollment import Subsidy
from registry.models import Area
from registry.selectors import areas_under

CHUNK = 2_000


def complete_subsidies(*, area: Area, coverage_year: int, user: AbstractBaseUser | None = None) -> int:
    """Write the missing shares of people below `area` who have paid; return how many people were looked at.

    Shares that stand stay as they are; what is still missing is asked once.
    """
    paid = insured_in_year(coverage_year=coverage_year).filter(resident__living_area__in=areas_under(area))
    lacking = paid.exclude(subsidy=Subsidy.NONE).exclude(policy_key="").filter(subsidy_shares=None)
    keys = list(lacking.order_by("resident").values_list("pk", flat=True))
    ledger = SubsidyLedger()
    for start in range(0, len(keys), CHUNK):
        with transaction.atomic():
            _complete(keys[start : start + CHUNK], ledger=ledger, user=user)
    return len(keys)


def _complete(keys: list[int], *, ledger: SubsidyLedger, user: AbstractBaseUser | None) -> None:
    found = list(ContributionPeriod.objects.filter(pk__in=keys).defer("trace").order_by("resident"))
    places = whereabouts(each.resident_id for each in found)
    policies = policies_for(
        paths={place.living_area_id: place.path for place in places.values()},
        years={each.coverage_year for each in found},
    )
    entitled = [
        Entitled(each, policies[place.living_area_id, each.coverage_year], place.path)
        for each in found
        for place in [places[each.resident_id]]
    ]
    open_cases(cases=ledger.share_out(entitled), user=user)
