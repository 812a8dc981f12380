"""What has to be paid on top, or recovered (补付、追回), because a settled claim came out otherwise afterwards."""

from django.db import models
from django.db.models import F, Q

from benefits.models.claim import Claim
from registry.models.staff_keys import staff_key


class PaidLayer(models.TextChoices):
    """Who pays or gets back; the claim's columns without `_paid`."""

    BASIC = "basic", "基本医保"
    CRITICAL_ILLNESS = "critical_illness", "大病保险"
    SUPPLEMENT = "supplement", "补充保险"
    ASSISTANCE = "assistance", "医疗救助"


class PayoutAdjustment(models.Model):
    """One layer's payout of a settled claim moved, by another claim, a reversal, a decision or a year end.

    `amount` is `after` less `before`: more than zero is paid on top, less than zero is recovered. What was paid at
    first and all of a claim's adjustments add up to what stands. Append-only.
    """

    claim = models.ForeignKey(
        Claim, verbose_name="结算单", on_delete=models.PROTECT, related_name="adjustments"
    )
    layer = models.CharField("支付方", max_length=20, choices=PaidLayer)
    before = models.DecimalField("原支付", max_digits=12, decimal_places=2)
    after = models.DecimalField("应支付", max_digits=12, decimal_places=2)
    amount = models.DecimalField("补付（正）或追回（负）", max_digits=12, decimal_places=2)
    reason = models.CharField("原因", max_length=200)
    recorded_at = models.DateTimeField("产生时间", auto_now_add=True)
    recorded_by = staff_key("经办人")

    class Meta:
        verbose_name = verbose_name_plural = "补付追回"
        constraints = [
            models.CheckConstraint(
                name="adjustment_is_the_difference",
                condition=Q(amount=F("after") - F("before")) & ~Q(amount=0),
            )
        ]
        indexes = [models.Index(fields=["recorded_at", "id"], name="adjustment_by_time")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_layer_display()}"
