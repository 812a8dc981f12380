"""Schools (学校) that hand in their classes; a school belongs to the area it stands in."""

from django.db import models

from registry.models.area import Area
from registry.models.history import change_history


class School(models.Model):
    """A school by the code its lists carry."""

    code = models.CharField("学校代码", max_length=20, unique=True)
    name = models.CharField("学校名称", max_length=100)
    area = models.ForeignKey(Area, verbose_name="所在地区", on_delete=models.PROTECT, related_name="schools")
    history = change_history("学校")

    class Meta:
        verbose_name = "学校"
        verbose_name_plural = "学校"
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], name="one_school_of_a_name_per_area"),
            models.CheckConstraint(name="school_named", condition=~models.Q(name="") & ~models.Q(code="")),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"
