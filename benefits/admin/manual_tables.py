"""Manual claims in rows: their items as typed and as shown, their stages, and the file of a list."""

from django.utils import timezone
from unfold.admin import TabularInline

from benefits.admin.manual_forms import LineForm, LineFormSet
from benefits.models import ClaimStage, ManualClaim, ManualLine
from policy.admin.display import name_of
from policy.admin.house import ReadOnlyInline

HEAD = (
    "票据号码", "姓名", "证件号码（脱敏）", "医疗机构", "就医类别", "出院日期", "票据总金额", "状态", "录入人",
    "录入时间", "审核人",
)  # fmt: skip


class TypedLineInline(TabularInline):
    """Items, typed from paper."""

    model = ManualLine
    form = LineForm
    formset = LineFormSet
    fields = ("name", "item_class", "amount", "eligible", "class_b_copay")
    extra = 0
    min_num = 1
    ordering = ("number",)


class LineInline(ReadOnlyInline):
    """Items, and what the check left of them."""

    model = ManualLine
    fields = (
        "number", "name", "item_class", "amount", "eligible", "class_b_copay", "accepted_eligible",
        "accepted_class_b_copay", "cut_reason",
    )  # fmt: skip
    ordering = ("number",)


class StageInline(ReadOnlyInline):
    """Who did what when, with the amounts then."""

    model = ClaimStage
    hide_title = False
    fields = (
        "stage", "at", "by", "total", "eligible", "class_b_copay", "basic_paid", "critical_illness_paid",
        "supplement_paid", "assistance_paid", "out_of_pocket", "reason",
    )  # fmt: skip
    ordering = ("pk",)


def cells(manual: ManualClaim) -> tuple[object, ...]:
    """Return a claim as a row of the file."""
    return (
        manual.number,
        manual.resident.name,
        manual.resident.masked_id_number,
        manual.facility.name,
        manual.get_kind_display(),
        manual.discharged_on,
        manual.total,
        manual.get_state_display(),
        name_of(manual.entered_by),
        timezone.localtime(manual.entered_at).strftime("%Y-%m-%d %H:%M"),
        name_of(manual.checked_by) if manual.checked_by else "",
    )
