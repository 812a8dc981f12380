"""Whom held money of somebody nobody knows may be meant for: the same name, owing that year, in the area asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from enrollment.models import ContributionPeriod, EnrollmentStatus, HoldReason, Payment
from enrollment.services.contributions import OPEN_STATES
from registry.models import Area

PERSON = "person"  # of the option; its argument is the resident
MOST = 5


def offers(payments: Sequence[Payment], *, area: Area) -> dict[str, dict[str, str]]:
    """Return serial → option → whom money of an unknown person would be booked to, the likest number first; one query.

    :param payments: those held for another reason get none
    """
    payments = [each for each in payments if each.hold_reason == HoldReason.UNKNOWN_PERSON]
    if not payments:
        return {}
    owing = ContributionPeriod.objects.filter(
        resident__name__in={each.payer_name.strip() for each in payments} - {""},
        coverage_year__in={each.coverage_year for each in payments},
        state__in=OPEN_STATES,
        enrollment__status=EnrollmentStatus.ACTIVE,
        resident__died_on=None,
        resident__living_area__path__startswith=area.path,
    ).select_related("resident__living_area")
    by_name: defaultdict[tuple[str, int], list[tuple[str, ContributionPeriod]]] = defaultdict(list)
    for each in owing.order_by("resident"):
        number = each.resident.masked_id_number
        by_name[each.resident.name, each.coverage_year].append((number, each))
    return {each.serial: _options(each, by_name) for each in payments}


def _options(
    payment: Payment, by_name: Mapping[tuple[str, int], Sequence[tuple[str, ContributionPeriod]]]
) -> dict[str, str]:
    found = by_name.get((payment.payer_name.strip(), payment.coverage_year), ())
    likest = sorted(found, key=lambda pair: -_alike(pair[0], payment.masked_id_number))
    return {
        f"{PERSON}:{each.resident_id}": (
            f"入账给{each.resident.name}（{number}，{each.resident.living_area.name}，"
            f"{each.coverage_year} 年度尚欠 {each.payable - each.paid} 元）"
        )
        for number, each in likest[:MOST]
    }


def _alike(one: str, other: str) -> int:
    """Return how many signs two masked numbers share, place by place."""
    return sum(a == b for a, b in zip(one, other, strict=False))
