"""A month of a county as it really goes: files of the tax authority, people aided in full, part payments, refunds."""

import csv
import datetime
import io
import random
from decimal import Decimal

from django.utils import timezone

from enrollment.models import ContributionPeriod, Payment
from enrollment.services.enroll import enroll
from enrollment.services.lists import PAYMENTS, FileSource, import_list
from enrollment.services.settle_assisted import settle_fully_assisted
from oversight.models import Difference, DifferenceState, TaxTotal
from oversight.services.reconcile import reconcile
from registry.batch.history import write_with_history
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, daoli, identity_number

DAY = datetime.date
TODAY = DAY(2025, 4, 1)
HEAD = ("流水号", "姓名", "证件号码", "缴费年度", "缴费金额", "缴费日期", "征收渠道", "类型", "原流水号")
CHANNELS = ("手机", "银行", "大厅")
MONTHS = (DAY(2024, 10, 1), DAY(2024, 11, 1), DAY(2024, 12, 1))  # before the year, one price


class CountyMonth:
    """People and their money in one month.

    :ivar people: those who pay by themselves, in one row, by their key
    """

    def __init__(self, seed: int, *, people: int = 12, first_number: int = 0, tells: bool = True) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self.month = self.dice.choice(MONTHS)
        self.area = daoli()
        numbers = [identity_number(first_number + each) for each in range(people)]
        self.people = [ResidentFactory(number=number) for number in numbers]
        self.numbers = dict(zip((person.pk for person in self.people), numbers, strict=True))
        self.last_number = identity_number(first_number + 50)
        self.serial = 10_000 * (seed + first_number)
        enroll(resident_ids=self.numbers, coverage_year=2025, on=DAY(2024, 10, 1))
        self._aided()
        self.send([line for person in self.people for line in self._lines(person)])
        if tells:
            self.tell()

    def send(self, lines):
        """Send a file of the tax authority for the county and put it in force."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(HEAD)
        writer.writerows(lines)
        source = FileSource(
            content=text.getvalue().encode(),
            file_name="税务.csv",
            area=self.area,
            as_of=self.month.replace(day=28),
        )
        return import_list(kind=PAYMENTS, source=source, wet_run=True)

    def line(self, number, amount, *, kind="缴费", original="", day=None, channel=""):
        """Return a line with the next serial number."""
        self.serial += 1
        said = day or self.some_day()
        return (
            f"S{self.serial}",
            "王桂兰",
            number,
            2025,
            amount,
            said,
            channel or self.dice.choice(CHANNELS),
            kind,
            original,
        )

    def some_day(self):
        return self.month.replace(day=self.dice.randint(1, 28))

    def tell(self):
        """Let the tax authority say what it collected: the rows as they are now."""
        sums = {}
        for paid in Payment.objects.all():
            count, amount = sums.get((paid.paid_on, paid.channel), (0, Decimal(0)))
            sums[paid.paid_on, paid.channel] = count + 1, amount + paid.amount
        rows = [
            TaxTotal(
                area=self.area,
                day=day,
                channel=channel,
                count=n,
                amount=yuan,
                as_of=TODAY,
                recorded_at=timezone.now(),
            )
            for (day, channel), (n, yuan) in sorted(sums.items())
        ]
        write_with_history(rows, reason="list")

    def run(self, *, area=None, month=None):
        """Reconcile and return the waiting differences as (kind, key of the resident)."""
        paper = reconcile(area=area or self.area, month=month or self.month, today=TODAY)
        waiting = Difference.objects.filter(reconciliation=paper, state=DifferenceState.OPEN)
        return sorted(waiting.values_list("kind", "resident"), key=str)

    def payment(self, person):
        return Payment.objects.get(resident=person, kind="payment", amount=400)

    def year(self, person):
        return ContributionPeriod.objects.get(resident=person)

    def _aided(self):
        day = self.some_day()
        self.aided = RecognitionFactory(of="extreme_hardship", resident__number=self.last_number).resident
        enroll(resident_ids=[self.aided.pk], coverage_year=2025, on=day)
        settle_fully_assisted(area=self.area, coverage_year=2025, on=day)

    def _lines(self, person):
        """Return what the last two people pay in their own ways, and what the others pay at once."""
        number = self.numbers[person.pk]
        if person is self.people[-1]:  # in two parts
            return [self.line(number, "150.00", day=self.month), self.line(number, "250.00")]
        if person is self.people[-2]:  # taken back, and paid again
            paid = self.line(number, "400.00", day=self.month.replace(day=1))
            back = self.line(number, "400.00", kind="冲正", original=paid[0], day=self.month.replace(day=2))
            return [paid, back, self.line(number, "400.00", day=self.month.replace(day=3))]
        return [self.line(number, "400.00")]
