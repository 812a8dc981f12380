"""Numbers of identity documents (公民身份号码 and permits): read, check, mask. No database, no clock.

The place in the first six digits is not checked: divisions that were merged decades ago live on in people's
numbers, and synthetic numbers use places that were never allocated (230199, 130299).
"""

import datetime
from dataclasses import dataclass

from stdnum.cn import ric

from policy.errors import DomainError

NUMBER_LENGTH = 18
SHORTEST_SHOWN = 6  # of a shorter permit not a single sign
MALE, FEMALE = "1", "2"
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
ZERO_WIDTH = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
UNSEEN = FULL_WIDTH | ZERO_WIDTH


class InvalidIdentityNumber(DomainError):
    """The number cannot belong to anybody; the message says which part is wrong, never the number."""

    code = "identity_number_invalid"


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A checked resident identity number and what it says; `sex` as in GB/T 2261.1."""

    number: str
    born_on: datetime.date
    sex: str


def normalized(text: str) -> str:
    """Return `text` as numbers are compared: half-width, capitals, without spaces and zero-width marks."""
    return "".join(text.translate(UNSEEN).split()).upper()


def read_identity_number(text: str, *, on: datetime.date) -> IdentityNumber:
    """Return what a resident identity number says after checking it.

    :param on: the day of the check; nobody is born after it
    :raises InvalidIdentityNumber: wrong length, sign, check digit or birth date

    Source: GB 11643-1999.
    """
    number = normalized(text)
    if len(number) != NUMBER_LENGTH:
        raise InvalidIdentityNumber(f"身份证号应为18位，现为{len(number)}位", part="length")
    if not (number[:17].isascii() and number[:17].isdigit()) or number[17] not in "0123456789X":
        raise InvalidIdentityNumber("身份证号只能是数字，末位可为X", part="characters")
    if number[17] != ric.calc_check_digit(number):
        raise InvalidIdentityNumber("身份证号校验码不符", part="check_digit")
    born_on = _birth_date(number, on=on)
    return IdentityNumber(number=number, born_on=born_on, sex=MALE if int(number[16]) % 2 else FEMALE)


def masked(number: str) -> str:
    """Return the number with its middle hidden: `230199********0428`; shorter permits keep two signs at each end."""
    if len(number) == NUMBER_LENGTH:
        return f"{number[:6]}{'*' * 8}{number[-4:]}"
    kept = 2 if len(number) >= SHORTEST_SHOWN else 0
    return f"{number[:kept]}{'*' * (len(number) - 2 * kept)}{number[len(number) - kept :]}"


def _birth_date(number: str, *, on: datetime.date) -> datetime.date:
    try:
        born_on = datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidIdentityNumber("身份证号中的出生日期不存在", part="birth_date") from None
    if born_on > on:
        raise InvalidIdentityNumber("身份证号中的出生日期晚于办理日期", part="birth_date")
    return born_on
