"""Claims (费用结算): three layers, each with its working; lines; taking a claim back."""

from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.enums import ActionVariant

from benefits.admin.claim_rows import RowsOfClaims
from benefits.admin.claim_tables import stages_table
from benefits.admin.notices import PrintsNotices
from benefits.models import Accumulator, Claim, ClaimKind, ClaimLine, ClaimState, Facility, ManualClaim
from benefits.rules.tracks import track_names
from benefits.services.manual_entries import begin_amendment
from benefits.services.void import void_claim
from policy.admin.display import NOTHING, choice_badge, list_url, table, trace_table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReadOnlyInline, ReasonForm, asks
from policy.admin.reasoned import AsksReason
from policy.selectors import approved_policy
from registry.admin.base import ScopedAdmin

LAYERS = {
    "cap": "封顶线",
    "basic": "基本医保",
    "critical_illness": "大病保险",
    "supplement": "补充保险",
    "assistance": "医疗救助",
    "second_layer": "倾斜救助",
}
GRADES = {"grade_1": "一级", "grade_2": "二级", "grade_3": "三级", "any": "不分级"}
STATES = {ClaimState.SETTLED: "green", ClaimState.REVERSED: "red"}


def layers_html(trace: dict[str, Any]) -> SafeString:
    """Return each layer's working under its name, in the order of the house however the keys are stored."""
    parts = [
        SafeString(f"<h3>{label}</h3>") + trace_table(trace[layer])
        for layer, label in LAYERS.items()
        if trace.get(layer)
    ]
    return SafeString("".join(parts))


@admin.register(Facility)
class FacilityAdmin(AsksReason, WithHistory, ScopedAdmin):
    """Hospitals and clinics; everybody finds every one. Only whose programs file its claims is said by hand."""

    area_lookup = None
    list_display = ("code", "name", "grade_label", "area_name", "agency_name", "is_active")
    list_display_links = ("code", "name")
    list_filter = ("grade", "is_active")
    list_select_related = ("area", "agency")
    search_fields = ("code__startswith", "name")
    ordering = ("code",)
    fields = ("code", "name", "grade_label", "area", "agency", "is_active")
    readonly_fields = ("code", "name", "grade_label", "area", "is_active")
    autocomplete_fields = ("agency",)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Facilities come with the list."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user keeps the agencies: naming one here opens the facility's claims to it."""
        return request.user.has_perm("exchange.change_agency")

    @admin.display(description="级别", ordering="grade")
    def grade_label(self, facility: Facility) -> str:
        """Name the grade."""
        return GRADES.get(facility.grade, facility.grade)

    @admin.display(description="所在地区", ordering="area__path")
    def area_name(self, facility: Facility) -> str:
        """Name the area."""
        return facility.area.name

    @admin.display(description="所属机构账号", ordering="agency__name")
    def agency_name(self, facility: Facility) -> str:
        """Name the agency that files its claims."""
        return facility.agency.name if facility.agency else NOTHING


class ClaimLineInline(ReadOnlyInline):
    """Items of the claim."""

    model = ClaimLine
    fields = ("number", "name", "item_class", "amount", "eligible", "class_b_copay")
    ordering = ("number",)


@admin.register(Claim)
class ClaimAdmin(PrintsNotices, WithHistory, ReadOnly, RowsOfClaims):
    """Claims, settled by the rules; the only thing done here is taking one back."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "number", "resident_link", "facility_name", "kind", "discharged_on", "total", "basic_paid",
        "critical_illness_paid", "assistance_paid", "out_of_pocket", "standing",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), "coverage_year",
        ("settled_on", RangeDateFilter),
    )  # fmt: skip
    list_select_related = ("resident", "facility")
    search_fields = ("number__startswith", "resident__name__startswith")
    search_help_text = "按结算单号、姓名开头或完整证件号码查询"
    ordering = ("-pk",)
    actions_detail = ("notice", "notice_pdf", "amend", "void")
    fields = (
        ("number", "resident_link", "masked_number", "standing"),
        ("facility", "kind", "coverage_year", "pooling_area"),
        ("referral", "track_name"),
        ("admitted_on", "discharged_on", "settled_on"),
        ("total", "eligible", "class_b_copay", "out_of_scope"),
        ("basic_paid", "critical_illness_paid", "supplement_paid", "assistance_paid"),
        ("own_burden", "out_of_pocket", "policy_key"),
        "working",
        "stages",
        ("batch", "row_number", "recorded_at", "recorded_by"),
    )
    readonly_fields = ("resident_link", "masked_number", "standing", "track_name", "working", "stages")
    inlines = (ClaimLineInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read what the page names along."""
        return super().get_queryset(request).select_related("resident", "facility", "pooling_area")

    @admin.display(description="医疗机构", ordering="facility__name")
    def facility_name(self, claim: Claim) -> str:
        """Name the facility."""
        return claim.facility.name

    @admin.display(description="状态")
    def standing(self, claim: Claim) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(claim, "state", STATES)

    @admin.display(description="单独支付通道")
    def track_name(self, claim: Claim) -> str:
        """Name the separate account as its policy does."""
        if not claim.track:
            return NOTHING
        section = approved_policy(claim.policy_key).data.critical_illness
        return track_names(section).get(claim.track, claim.track)

    @admin.display(description="各层计算过程")
    def working(self, claim: Claim) -> SafeString:
        """Show the steps of each layer."""
        return layers_html(claim.trace)

    @admin.display(description="办理阶段")
    def stages(self, claim: Claim) -> SafeString:
        """Show who did what when, with the amounts then."""
        return stages_table(claim)

    @asks(title="更正", description="按原结算单录入更正的一笔，经他人审核、结算后代替原单，原单冲正。",
          form=ReasonForm, may="void", icon="edit_note")  # fmt: skip
    def amend(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Begin a correction, and lead to it."""
        assert isinstance(request.user, User)
        begin = partial(begin_amendment, reason=form.cleaned_data["reason"], user=request.user)

        def work() -> str:
            made = begin(claim=self.visible(request, object_id))
            return f"已录入更正 {made.number}，请在“零星报销”中按正确的内容修改后保存，由他人审核。"

        return self.conclude(request, work, to=list_url(ManualClaim))

    def has_void_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the claim stands and the user handles it."""
        key = obj.pk if isinstance(obj, Claim) else obj
        stands = key is None or Claim.objects.filter(pk=key, state=ClaimState.SETTLED).exists()
        return stands and self.has_clerk_permission(request, obj)

    @asks(title="冲正", description="冲正后，同一年度其后的结算按日期顺序重新计算。", form=ReasonForm, may="void",
          icon="undo", variant=ActionVariant.DANGER)  # fmt: skip
    def void(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Take the claim back."""

        def work() -> str:
            claim = self.visible(request, object_id)
            assert isinstance(request.user, User)
            changed = void_claim(claim=claim, user=request.user, reason=form.cleaned_data["reason"])
            after = f"其后 {len(changed)} 笔结算随之重算" if changed else "其后没有需要重算的结算"
            return f"{claim.number} 已冲正，{after}。"

        return self.conclude(request, work)


@admin.register(Accumulator)
class AccumulatorAdmin(ReadOnly, RowsOfClaims):
    """What a person-year's settled claims add up to."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "coverage_year", "claims", "total", "eligible", "basic_paid",
        "critical_illness_paid", "assistance_paid", "out_of_pocket",
    )  # fmt: skip
    list_display_links = ("coverage_year",)
    list_filter = ("coverage_year",)
    list_select_related = ("resident",)
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number", "coverage_year", "pooling_area"),
        ("claims", "total", "eligible", "last_settled_on"),
        ("basic_paid", "basic_paid_to_cap"),
        ("critical_illness_base", "critical_illness_paid", "increase_used"),
        ("supplement_paid", "assistance_base", "assistance_paid"),
        ("own_burden", "out_of_pocket"),
        "by_kind",
    )
    readonly_fields = ("resident_link", "masked_number", "by_kind")

    @admin.display(description="基本医保分类支付")
    def by_kind(self, row: Accumulator) -> SafeString:
        """Show the basic fund's payouts by kind of visit."""
        labels = dict(ClaimKind.choices)
        rows = [
            (labels.get(kind, kind), yuan_text(Decimal(str(amount))))
            for kind, amount in row.basic_by_kind.items()
        ]
        return table(["就医类别", "金额（元）"], rows, numeric=[1])


def totals_row(row: Accumulator) -> tuple[object, ...]:
    """Return a year's totals as a row of the file."""
    sums = (
        row.total,
        row.eligible,
        row.basic_paid,
        row.critical_illness_paid,
        row.assistance_paid,
        row.out_of_pocket,
    )
    return (row.coverage_year, row.claims, *(yuan_text(amount) for amount in sums))
