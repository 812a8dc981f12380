"""Areas (行政区划): divisions and industry bureaus in one tree, and their fiscal class by year."""

from django.db import models
from django.db.models.functions import Concat

from registry.models.history import change_history


class AreaLevel(models.TextChoices):
    """Where an area stands; an industry bureau is a pooling body that is no division."""

    PROVINCE = "province", "省"
    CITY = "city", "市（地）"
    COUNTY = "county", "县（市、区）"
    TOWN = "town", "乡镇（街道）"
    VILLAGE = "village", "村（社区）"
    INDUSTRY = "industry", "行业统筹"


class Area(models.Model):
    """A division by its GB/T 2260 or statistical code, or an industry bureau by a code of ours.

    `path` holds the codes from the province down, each followed by a slash: everything below an area starts with its
    path. Its unique index on PostgreSQL serves such prefixes.
    """

    code = models.CharField("区划代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=100)
    level = models.CharField("级别", max_length=10, choices=AreaLevel.choices)
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField("层级路径", max_length=100, unique=True, editable=False)
    is_pooling_area = models.BooleanField("统筹地区", default=False)
    history = change_history("地区")

    class Meta:
        verbose_name = "地区"
        verbose_name_plural = "地区"
        constraints = [
            models.CheckConstraint(
                name="area_path_ends_with_code",
                condition=models.Q(path__endswith=Concat("code", models.Value("/"))),
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}（{self.code}）"


class AreaFiscalClass(models.Model):
    """How an area shares the fiscal subsidy in one fiscal year; the class is a key of the policy files."""

    area = models.ForeignKey(
        Area, verbose_name="地区", on_delete=models.PROTECT, related_name="fiscal_classes"
    )
    fiscal_year = models.PositiveSmallIntegerField("财政年度")
    fiscal_class = models.CharField("财政分类", max_length=40)
    history = change_history("财政分类")

    class Meta:
        verbose_name = "财政分类"
        verbose_name_plural = "财政分类"
        constraints = [
            models.UniqueConstraint(fields=["area", "fiscal_year"], name="one_fiscal_class_per_area_and_year")
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.fiscal_year} 年财政分类"
