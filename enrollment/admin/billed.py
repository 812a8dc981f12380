"""Below a billing run: groups of people who are alike, with their working, and people who are left out."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from enrollment.admin.labels import POPULATIONS, label, policy_label
from enrollment.models import BillingGroup, BillingLeftOut
from policy.admin.display import link, table, trace_table, yuan_text
from policy.admin.house import ReadOnly
from policy.words import said
from registry.admin.base import ScopedAdmin


@admin.register(BillingGroup)
class BillingGroupAdmin(ReadOnly, ScopedAdmin):
    """People alike in every fact the policy asks, one of them as the sample."""

    area_lookup = "run__area"
    list_display = ("run_link", "population_label", "tier", "due", "assisted", "payable", "planned", "billed")
    list_display_links = ("population_label",)
    list_select_related = ("run",)
    ordering = ("-pk",)
    fields = (
        ("run_link", "population_label", "tier"),
        ("planned", "billed", "sample"),
        ("due", "assisted", "supported", "payable"),
        ("window_label", "group_label", "subsidy_label", "claim_year"),
        ("benefit_start", "benefit_end", "policy_key"),
        "message",
        "aid",
        "steps",
    )
    readonly_fields = (
        "run_link", "population_label", "sample", "window_label", "group_label", "subsidy_label", "aid", "steps",
    )  # fmt: skip

    @admin.display(description="开单批次")
    def run_link(self, group: BillingGroup) -> str:
        """Lead to the run."""
        return link(group.run, f"批次 {group.run_id}")

    @admin.display(description="人员类别")
    def population_label(self, group: BillingGroup) -> str:
        """Name the class of insured."""
        return label(POPULATIONS, group.population)

    @admin.display(description="样例人员")
    def sample(self, group: BillingGroup) -> str:
        """Lead to one of the people."""
        return link(group.example, group.example.name)

    @admin.display(description="缴费期")
    def window_label(self, group: BillingGroup) -> str:
        """Name the window."""
        return policy_label(group.policy_key, "window", group.window) or "—"

    @admin.display(description="特殊人群")
    def group_label(self, group: BillingGroup) -> str:
        """Name the special group."""
        return policy_label(group.policy_key, "group", group.special_group) or "—"

    @admin.display(description="财政补助")
    def subsidy_label(self, group: BillingGroup) -> str:
        """Name what becomes of the subsidy."""
        return said(group.subsidy)

    @admin.display(description="资助由谁承担")
    def aid(self, group: BillingGroup) -> SafeString:
        """Show who pays the assistance of one person."""
        rows = [
            (said(part["component"]), "、".join(map(said, part["payers"])), part["amount"])
            for part in group.payers
        ]
        return table(["险种", "出资方", "金额"], rows, numeric=[2], empty="不享受资助")

    @admin.display(description="计算过程")
    def steps(self, group: BillingGroup) -> SafeString | str:
        """Show the steps."""
        return trace_table(group.working.steps) if group.working else yuan_text(None)


@admin.register(BillingLeftOut)
class BillingLeftOutAdmin(ReadOnly, ScopedAdmin):
    """Who is not billed, and why."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = ("resident_link", "masked_number", "living_place", "why", "run_link")
    list_display_links = None
    list_filter = (("reason", ChoicesDropdownFilter), "run")
    list_select_related = ("resident__living_area", "run")
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("run", "resident")
    fields = (("resident_link", "masked_number", "living_place"), ("why", "run_link"))
    readonly_fields = ("resident_link", "masked_number", "living_place", "why", "run_link")

    @admin.display(description="居住地", ordering="resident__living_area__path")
    def living_place(self, row: BillingLeftOut) -> str:
        """Name where the person lives."""
        return row.resident.living_area.name

    @admin.display(description="原因", ordering="reason")
    def why(self, row: BillingLeftOut) -> str:
        """Say why."""
        return row.get_reason_display()

    @admin.display(description="开单批次")
    def run_link(self, row: BillingLeftOut) -> str:
        """Lead to the run."""
        return link(row.run, f"批次 {row.run_id}")
