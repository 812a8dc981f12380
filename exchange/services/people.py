"""People by number, as far as an agency may know them."""

from collections.abc import Collection
from dataclasses import dataclass

from exchange.models import Agency
from exchange.selectors import residents_of
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import resident_ids_by_index
from registry.services.log_access import log_access


@dataclass(frozen=True, slots=True)
class People:
    """Who was meant.

    :param own: number as given → key of the resident in the agency's area
    :param elsewhere: number → key of somebody who lives outside it; never told apart from unknown ones in an answer
    """

    own: dict[str, int]
    elsewhere: dict[str, int]


def look_up(*, agency: Agency, id_numbers: Collection[str], purpose: str) -> People:
    """Return whom the numbers mean, and log that the agency asked about those in its area.

    The queries do not grow with the numbers.

    :param purpose: said in the log, such as "接口查询困难身份"
    """
    indexes = {number: blind_index(normalized(number)) for number in id_numbers}
    known = resident_ids_by_index(set(indexes.values()))
    own = set(residents_of(agency).filter(pk__in=known.values()).values_list("pk", flat=True))
    found = {number: known[index] for number, index in indexes.items() if known.get(index) in own}
    if own:
        log_access(agency_code=agency.code, resident_ids=own, purpose=purpose)
    known_by_number = {number: known[index] for number, index in indexes.items() if index in known}
    return People(found, {number: pk for number, pk in known_by_number.items() if number not in found})
