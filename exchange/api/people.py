"""The one way from an identity number in a call to a person: within the agency's area, and logged."""

from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from exchange.api.permissions import agency_of
from exchange.services.people import look_up


class ResidentNotFound(NotFound):
    """Nobody in the agency's area holds the number; somebody elsewhere is as unknown as nobody."""

    default_code = "resident_not_found"
    default_detail = "本部门地区范围内没有该证件号码的参保人"


def person_for(request: Request, id_number: str, *, purpose: str) -> int:
    """Return the key of the resident an agency asks about.

    :param purpose: said in the access log
    :raises ResidentNotFound: if nobody in the agency's area holds the number
    """
    found = look_up(agency=agency_of(request), id_numbers=[id_number], purpose=purpose).own
    if id_number not in found:
        raise ResidentNotFound
    return found[id_number]
