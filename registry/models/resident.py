"""Residents (参保人) and their households: the person key that survives every change of name, number and address."""

from django.db import models

from registry.models.area import Area
from registry.models.history import change_history
from registry.models.school import School
from registry.models.sealing import open_sealed
from registry.rules.identity_numbers import masked


class IdKind(models.TextChoices):
    """Documents by which a person may be registered."""

    RESIDENT_ID = "resident_id", "居民身份证"
    BIRTH_CERTIFICATE = "birth_certificate", "出生医学证明"
    HK_MACAO_PERMIT = "hk_macao_permit", "港澳居民证件"
    TAIWAN_PERMIT = "taiwan_permit", "台湾居民证件"
    FOREIGN_PERMIT = "foreign_permit", "外国人永久居留证件"


class Sex(models.TextChoices):
    """Codes of GB/T 2261.1."""

    UNKNOWN = "0", "未知"
    MALE = "1", "男"
    FEMALE = "2", "女"
    UNSTATED = "9", "未说明"


class Household(models.Model):
    """People on one household register (户)."""

    number = models.CharField("户编号", max_length=40, unique=True)
    area = models.ForeignKey(
        Area, verbose_name="所在地区", on_delete=models.PROTECT, related_name="households"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    head_name = models.CharField("户主姓名", max_length=100, blank=True)
    history = change_history("家庭户")

    class Meta:
        verbose_name = "家庭户"
        verbose_name_plural = "家庭户"

    def __str__(self) -> str:
        return f"#{self.pk} 户 {self.number}"


class Resident(models.Model):
    """A person the bureau knows.

    The number of the identity document is sealed; `id_index` finds it again. `pooling_area` follows from
    `living_area` and is set by the services, never by hand.

    Where the person lives, is registered and goes to school is said with the day it began, null = not known; what held
    before stands in the history, and `registry.batch.places` reads it for any day (docs/decisions/0014).
    """

    name = models.CharField("姓名", max_length=100)
    id_kind = models.CharField("证件类型", max_length=20, choices=IdKind.choices, default=IdKind.RESIDENT_ID)
    sealed_id_number = models.BinaryField("证件号码（密文）")
    id_index = models.BinaryField("证件号码索引", max_length=32, unique=True)
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    born_on = models.DateField("出生日期")
    died_on = models.DateField("死亡日期", null=True, blank=True)
    hukou_area = models.ForeignKey(Area, verbose_name="户籍地", on_delete=models.PROTECT, related_name="+")
    living_area = models.ForeignKey(
        Area, verbose_name="居住地", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pooling_area = models.ForeignKey(
        Area, verbose_name="统筹地区", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    school = models.ForeignKey(
        School,
        verbose_name="学校",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    living_since = models.DateField("居住起始日", null=True, blank=True)
    hukou_since = models.DateField("户籍起始日", null=True, blank=True)
    school_since = models.DateField("就读起始日", null=True, blank=True)
    household = models.ForeignKey(
        Household,
        verbose_name="家庭户",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="residents",
    )
    relation_to_head = models.CharField("与户主关系", max_length=20, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    discharged_on = models.DateField("退出现役日期", null=True, blank=True)
    military_spouse = models.ForeignKey(
        "self",
        verbose_name="所随退役军人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="following_spouses",
    )
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    history = change_history("参保人")

    class Meta:
        verbose_name = "参保人"
        verbose_name_plural = "参保人"
        permissions = [("view_full_id_number", "可查看完整证件号码")]
        indexes = [
            models.Index(fields=["pooling_area", "id"], include=["died_on"], name="living_by_pooling_area"),
            models.Index(fields=["living_area", "id"], name="resident_by_living_area"),
            models.Index(fields=["name"], name="resident_by_name_start", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["living_since"],
                name="resident_by_living_since",
                condition=models.Q(living_since__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="resident_dies_after_birth",
                condition=models.Q(died_on__isnull=True) | models.Q(died_on__gte=models.F("born_on")),
            ),
            models.CheckConstraint(name="resident_named", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    @property
    def id_number(self) -> str:
        """The full number, opened on every call: show `masked_id_number` instead unless the reason is logged."""
        return open_sealed(self.sealed_id_number)

    @property
    def masked_id_number(self) -> str:
        """The number as it may be shown, `230199********0428`."""
        return masked(self.id_number)
