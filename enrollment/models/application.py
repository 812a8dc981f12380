"""Applications for the fiscal subsidy (财政补助申请): a document an area, year, component and level."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from enrollment.models.contribution import ContributionPeriod
from registry.models import Area
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class ApplicationState(models.TextChoices):
    """Life of an application; those of `LIVING` hold their shares, the others have let them go."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "已提交待审签"
    SIGNED = "signed", "已审签"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


LIVING = (ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.SIGNED)
ASKED = (ApplicationState.SUBMITTED, ApplicationState.SIGNED)


class SubsidyApplication(models.Model):
    """What is asked of one level of government for the people below `area`; frozen with its rows once submitted.

    `year` is the year it is asked in: the fiscal year of the share, or the later one the rule names. `people` and
    `amount` are the sums of its lines, what is taken back counted off.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("申请年度")
    component = models.CharField("险种", max_length=20)
    level = models.CharField("负担级次", max_length=20)
    state = models.CharField("状态", max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT)
    people = models.IntegerField("人次", default=0)
    amount = models.DecimalField("申请金额", max_digits=16, decimal_places=2, default=Decimal(0))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="编制人", on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("编制时间")
    submitted_by = staff_key("提交人")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    decided_by = staff_key("审签人")
    decided_at = models.DateTimeField("审签时间", null=True, blank=True)
    reason = models.CharField("退回或撤回事由", max_length=200, blank=True)
    history = change_history("财政补助申请")

    class Meta:
        verbose_name = verbose_name_plural = "财政补助申请"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "year", "component", "level"],
                condition=Q(state="draft"),
                name="one_draft_application",
            ),
            models.CheckConstraint(
                name="application_signed_by_another",
                condition=Q(decided_by__isnull=True)
                | (~Q(decided_by=F("submitted_by")) & ~Q(decided_by=F("made_by"))),
            ),
            models.CheckConstraint(
                name="let_go_with_reason",
                condition=~Q(state__in=["returned", "withdrawn"]) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.year} 年财政补助申请"


class ApplicationLine(models.Model):
    """People of one county who are alike: `people` × `standard` = `amount`; taken back are negative people.

    `fiscal_class` is empty for components that no class divides.
    """

    application = models.ForeignKey(
        SubsidyApplication, verbose_name="申请", on_delete=models.CASCADE, related_name="lines"
    )
    county = models.ForeignKey(Area, verbose_name="县区", on_delete=models.PROTECT, related_name="+")
    fiscal_class = models.CharField("财政分类", max_length=40, blank=True)
    fiscal_year = models.PositiveSmallIntegerField("补助所属财政年度")
    standard = models.DecimalField("每人标准", max_digits=10, decimal_places=2)
    is_taken_back = models.BooleanField("剔除冲回", default=False)
    people = models.IntegerField("人数")
    amount = models.DecimalField("金额", max_digits=16, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "财政补助申请汇总"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "application", "county", "fiscal_class", "fiscal_year", "standard", "is_taken_back",
                ],
                name="one_application_line_per_kind",
            ),
            models.CheckConstraint(
                name="line_is_people_times_standard", condition=Q(amount=F("people") * F("standard"))
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"#{self.pk} {self.people} 人 {self.amount}"


class ApplicationRow(models.Model):
    """One person's share in an application, or one taken back: a negative row that names the row it takes back.

    `is_open` = the share is asked for and neither taken back nor let go: at most one such row a share.
    """

    line = models.ForeignKey(
        ApplicationLine, verbose_name="汇总行", on_delete=models.CASCADE, related_name="rows"
    )
    contribution = models.ForeignKey(
        ContributionPeriod,
        verbose_name="缴费核定",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    area = models.ForeignKey(
        Area, verbose_name="居住地", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    fiscal_year = models.PositiveSmallIntegerField("补助所属财政年度")
    component = models.CharField("险种", max_length=20)
    level = models.CharField("负担级次", max_length=20)
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)
    reverses = models.ForeignKey(
        "self", verbose_name="冲回的明细", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_open = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "财政补助申请明细"
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "fiscal_year", "component", "level"],
                condition=Q(is_open=True),
                name="share_in_one_living_application",
            ),
            models.CheckConstraint(
                name="application_row_sign",
                condition=Q(reverses=None, amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0, is_open=False),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.amount}"
