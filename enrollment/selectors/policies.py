"""Which policies hold for many areas and years at once."""

from collections.abc import Collection, Mapping

from policy.models import PolicyStatus, PolicyVersion
from policy.policy import Policy
from policy.selectors import approved_policy


def policies_for(*, paths: Mapping[int, str], years: Collection[int]) -> dict[tuple[int, int], Policy]:
    """Return (area id, coverage year) → the policy of the nearest area at or above it that has an approved one.

    One query finds the keys, one more for each distinct policy checks that it is still the law.

    :param paths: area id → its path, codes from the province down
    :returns: pairs without any policy are left out
    """
    wanted = {area: path.strip("/").split("/")[::-1] for area, path in paths.items()}
    codes = {code for chain in wanted.values() for code in chain}
    approved = set(
        PolicyVersion.objects.filter(
            area__in=codes, year__in=set(years), status=PolicyStatus.APPROVED
        ).values_list("area", "year")
    )
    nearest = {
        (area, year): f"{code}/{year}"
        for area, chain in wanted.items()
        for year in set(years)
        for code in [next((code for code in chain if (code, year) in approved), None)]
        if code is not None
    }
    built = {key: approved_policy(key) for key in sorted(set(nearest.values()))}
    return {pair: built[key] for pair, key in nearest.items()}
