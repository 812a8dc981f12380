"""Whose employee account a payment came from (个人账户家庭共济)."""

from django.db import models

from enrollment.models.payment import Payment
from registry.models.history import change_history


class Relation(models.TextChoices):
    """What the insured person is to the holder of the account."""

    SPOUSE = "spouse", "配偶"
    PARENT = "parent", "父母"
    CHILD = "child", "子女"
    SIBLING = "sibling", "兄弟姐妹"
    GRANDPARENT = "grandparent", "祖父母、外祖父母"
    GRANDCHILD = "grandchild", "孙子女、外孙子女"
    SELF = "self", "本人"
    OTHER = "other", "其他"


class FamilyPayer(models.Model):
    """The holder of an employee account that paid for a member of the family; the full number is not kept.

    `relation` and `area_code` are as the tax authority said, or as a clerk corrected them: the history tells.
    """

    payment = models.OneToOneField(
        Payment, verbose_name="缴费流水", on_delete=models.PROTECT, related_name="family_payer"
    )
    name = models.CharField("账户持有人", max_length=100, blank=True)
    id_index = models.BinaryField("证件号码索引", max_length=32, null=True, blank=True)
    masked_id_number = models.CharField("持有人证件号码（脱敏）", max_length=30, blank=True)
    number_fits = models.BooleanField("证件号码校验通过", default=True)
    relation = models.CharField("参保人是持有人的", max_length=20, choices=Relation, blank=True)
    area_code = models.CharField("持有人参保地区划", max_length=12, blank=True)
    history = change_history("家庭共济缴费")

    class Meta:
        verbose_name = verbose_name_plural = "家庭共济缴费"
        indexes = [models.Index(fields=["id_index"], name="family_payer_by_number")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"
