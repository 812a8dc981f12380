"""What the participation was as of a day (参保率留存), so that months can be compared."""

from typing import Any

from django.db import models

from registry.models import Area
from registry.models.history import change_history


def _people(label: str) -> Any:
    return models.PositiveIntegerField(label, default=0)


class ParticipationCount(models.Model):
    """People of one place and group by where they stood as of `day`, as the records stood at `counted_at`.

    The place is the town people live in, or the area above towns where that is all that is known: each person counts
    at one place, and sums over places are sums of people.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    day = models.DateField("截至日期")
    group = models.CharField("人群", max_length=10, choices=[("hardship", "困难群众"), ("all", "全部居民")])
    insured_here = _people("本地居民")
    employee_scheme = _people("本地职工")
    resident_scheme_elsewhere = _people("异地居民")
    employee_scheme_elsewhere = _people("异地职工")
    army = _people("参军")
    prison = _people("服刑")
    died = _people("死亡")
    lost = _people("失联")
    refused = _people("自愿放弃")
    other = _people("其他")
    waiting = _people("待动员")
    counted_at = models.DateTimeField("统计时间")
    history = change_history("参保率留存")

    class Meta:
        verbose_name = verbose_name_plural = "参保率留存"
        constraints = [
            models.UniqueConstraint(
                fields=["coverage_year", "area", "group", "day"], name="one_participation_count_per_day"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.day} {self.get_group_display()}"
