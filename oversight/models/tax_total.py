"""The tax authority's own totals (税务汇总): what it says it collected on a day through a channel."""

from django.db import models

from registry.models import Area
from registry.models.history import change_history


class TaxTotal(models.Model):
    """Rows and net yuan of one day, area and channel, reversals and refunds included with their sign.

    `as_of` is the day of the data that said so last; data of an earlier day do not change the figures.
    `recorded_at` is when these figures were recorded.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("到账日期")
    channel = models.CharField("征收渠道", max_length=30, blank=True)
    count = models.PositiveIntegerField("笔数")
    amount = models.DecimalField("净额", max_digits=16, decimal_places=2)
    as_of = models.DateField("数据日期")
    recorded_at = models.DateTimeField("登记时间")
    history = change_history("税务汇总")

    class Meta:
        verbose_name = verbose_name_plural = "税务汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "day", "channel"], name="one_tax_total_per_day_and_channel"
            )
        ]
        indexes = [models.Index(fields=["day"], name="tax_total_by_day")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.day} {self.channel} {self.amount}"
