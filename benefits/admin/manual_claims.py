"""Manual claims (零星报销): typed from paper, checked by another, worked out, settled; a queue by stage."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import action

from benefits.admin.claims import layers_html
from benefits.admin.manual_forms import LineFormSet, ManualForm
from benefits.admin.manual_steps import ManualStepsAdmin
from benefits.admin.manual_tables import HEAD, LineInline, StageInline, TypedLineInline, cells
from benefits.models import ManualClaim, ManualState
from benefits.selectors.claim_scope import manuals_handled, manuals_seen
from benefits.services.manual_entries import enter_manual
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from policy.admin.display import choice_badge, link
from policy.admin.history import WithHistory
from registry.selectors import Viewer

TONES = {
    ManualState.ENTERED: "blue",
    ManualState.RETURNED: "orange",
    ManualState.CHECKED: "blue",
    ManualState.ADJUDICATED: "blue",
    ManualState.SETTLED: "green",
    ManualState.REVERSED: "red",
    ManualState.REJECTED: "red",
    ManualState.WITHDRAWN: "",
}
MOST_EXPORTED = 100_000


@admin.register(ManualClaim)
class ManualClaimAdmin(WithHistory, ManualStepsAdmin):
    """Bills on paper, on their way."""

    form = ManualForm
    empty_text = "点“增加”按票据录入；已结算的在结算单上点“更正”。"
    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "number", "resident_link", "masked_number", "facility_name", "kind", "discharged_on", "total", "standing",
        "handled_by", "entered_on",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), ("entered_at", RangeDateFilter),
    )  # fmt: skip
    list_select_related = ("resident", "facility", "entered_by", "checked_by")
    search_fields = ("number__startswith", "resident__name__startswith")
    search_help_text = "按票据号码、姓名开头或完整证件号码查询"
    ordering = ("-pk",)
    autocomplete_fields = ("facility",)
    actions_list = ("export_csv", "export_xlsx")
    readonly_fields = ("resident_link", "masked_number", "standing", "claim_link", "amends_link", "working")

    def rows_of(self, user: Viewer, *, roles: Collection[str] = ()) -> Q:
        """Return the condition of the user's rows: as the claim is that one became or corrects, else by the person."""
        return manuals_handled(user, roles=roles) if roles else manuals_seen(user)

    def get_fields(self, request: HttpRequest, obj: ManualClaim | None = None) -> Any:
        """Ask what the paper says; show where the claim stands."""
        asked = (
            ("facility", "kind"),
            ("admitted_on", "discharged_on"),
            ("referral", "track"),
            ("total", "basic_paid"),
        )
        if obj is None:
            return (("number", "id_number"), *asked)
        shown: tuple[Any, ...] = (("resident_link", "masked_number", "standing"), "number", *asked)
        if obj.amends_id is not None:
            shown += (("amends_link", "amends_reason"),)
        if obj.claim_id is not None:
            shown += ("claim_link",)
        return (*shown, "working", ("entered_by", "entered_at", "checked_by"))

    def get_readonly_fields(self, request: HttpRequest, obj: ManualClaim | None = None) -> Any:
        """Let only the paper be typed."""
        return (*self.readonly_fields, "amends_reason", "entered_by", "entered_at", "checked_by")

    def get_inlines(self, request: HttpRequest, obj: ManualClaim | None = None) -> Any:
        """Ask for the items while they may be typed; show them and the stages afterwards."""
        if obj is None:
            return [TypedLineInline]
        typed = self.has_change_permission(request, obj)
        return [TypedLineInline if typed else LineInline, StageInline]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT002 - Django's
        """Let the form know who types."""
        made = super().get_form(request, obj, change=change, **kwargs)
        made.user = request.user
        return made

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Leave it to the service, which takes the claim with its lines."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Enter the claim with its lines."""
        assert isinstance(request.user, User)
        (lines,) = (each for each in formsets if isinstance(each, LineFormSet))
        enter_manual(manual=form.instance, lines=lines.typed(), user=request.user)

    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Say nothing beside the history and the stages, which tell it all."""
        return []

    @admin.display(description="医疗机构", ordering="facility__name")
    def facility_name(self, manual: ManualClaim) -> str:
        """Name the facility."""
        return manual.facility.name

    @admin.display(description="录入／审核")
    def handled_by(self, manual: ManualClaim) -> str:
        """Name who entered it, and who checked it."""
        return f"{manual.entered_by}／{manual.checked_by or '—'}"

    @admin.display(description="录入日期", ordering="entered_at")
    def entered_on(self, manual: ManualClaim) -> str:
        """Say on which day it was entered."""
        return timezone.localdate(manual.entered_at).isoformat()

    @admin.display(description="状态")
    def standing(self, manual: ManualClaim) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(manual, "state", TONES)

    @admin.display(description="结算单")
    def claim_link(self, manual: ManualClaim) -> str:
        """Lead to what it was settled as."""
        return link(manual.claim, manual.claim and manual.claim.number)

    @admin.display(description="更正的原结算单")
    def amends_link(self, manual: ManualClaim) -> str:
        """Lead to the claim it corrects."""
        return link(manual.amends, manual.amends and manual.amends.number)

    @admin.display(description="各层计算过程")
    def working(self, manual: ManualClaim) -> SafeString | str:
        """Show the steps of each layer, as they were worked out last."""
        last = manual.stages.exclude(basic_paid=None).order_by("-pk").first()
        return layers_html(last.trace) if last else "审核通过后计算"

    @action(description="导出 xlsx", icon="download", permissions=["view"])
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """Send the rows of the list as it is filtered now, numbers masked."""
        found = (
            self.get_changelist_instance(request)
            .get_queryset(request)
            .select_related(*self.list_select_related)
        )
        name = f"零星报销-{timezone.localdate()}"
        return xlsx_answer(write_xlsx(HEAD, map(cells, found[:MOST_EXPORTED]), title="零星报销"), name)
