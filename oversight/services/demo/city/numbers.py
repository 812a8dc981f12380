"""Identity numbers that are right in every digit and belong to nobody: their place was never allocated (…99)."""

import datetime

from stdnum.cn import ric

from oversight.services.demo.city.dice import Dice

NOWHERE = "99"
MALE, FEMALE = "1", "2"
A_DAY = 500  # numbers of one sex, birth day and city


class NumberRegister:
    """Gives every number once."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._given: set[str] = set()
        self._certificates = 0

    def new(self, *, city: str, born_on: datetime.date, sex: str) -> str:
        """Return a number nobody of this city holds.

        :param city: four digits of the place of registration
        :raises ValueError: if more than 500 people share place, birth day and sex
        """
        first = self._dice.number(0, A_DAY - 1)
        for step in range(A_DAY):
            serial = (first + step) % A_DAY * 2 + (sex == MALE)
            digits = f"{city}{NOWHERE}{born_on:%Y%m%d}{serial:03d}"
            if digits not in self._given:
                self._given.add(digits)
                return digits + ric.calc_check_digit(f"{digits}0")
        raise ValueError(f"no number left for {city} {born_on}")

    def new_certificate(self) -> str:
        """Return the number of a birth certificate (出生医学证明) of a series that is not issued."""
        self._certificates += 1
        return f"Z{NOWHERE}{self._certificates:07d}"
