"""Areas, their fiscal classes, schools, and households."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from policy.admin.display import list_url
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReadOnlyInline, ReasonForm, asks
from policy.admin.reasoned import AsksReason, WithReasonForm
from policy.selectors import fiscal_class_labels
from registry.admin.base import ScopedAdmin
from registry.models import Area, AreaFiscalClass, Household, Resident, School
from registry.selectors import scoped_areas
from registry.services import take_fiscal_class_away
from registry.services.followers import have_shares_put_right


class FiscalClassForm(WithReasonForm):
    """Offers the classes that policies in force split the subsidy by."""

    fiscal_class = forms.ChoiceField(label="财政分类", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "fiscal_class" in self.fields:
            choice = self.fields["fiscal_class"]
            assert isinstance(choice, forms.ChoiceField)
            held = self.instance.fiscal_class
            named = {held: held} if held else {}
            choice.choices = [("", "请选择"), *(named | fiscal_class_labels()).items()]


class FiscalClassInline(ReadOnlyInline):
    """How the area shares the fiscal subsidy, by year."""

    model = AreaFiscalClass
    fields = ("fiscal_year", "class_name")
    readonly_fields = ("class_name",)
    ordering = ("-fiscal_year",)

    @admin.display(description="财政分类")
    def class_name(self, row: AreaFiscalClass) -> str:
        """Name the class as the policies name it."""
        return fiscal_class_labels().get(row.fiscal_class, row.fiscal_class)


@admin.register(Area)
class AreaAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """The tree of areas; loaded by command, not typed."""

    area_lookup = ""
    list_display = ("code", "name", "level", "parent_name", "is_pooling_area")
    list_display_links = ("code", "name")
    list_filter = (("level", ChoicesDropdownFilter), "is_pooling_area")
    list_select_related = ("parent",)
    search_fields = ("code__startswith", "name")
    ordering = ("path",)
    fields = ("code", "name", "level", "parent", "is_pooling_area")
    inlines = (FiscalClassInline,)

    @admin.display(description="上级", ordering="parent__path")
    def parent_name(self, area: Area) -> str:
        """Name what the area belongs to."""
        return area.parent.name if area.parent else "—"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Area], search_term: str
    ) -> tuple[QuerySet[Area], bool]:
        """Order what the autocomplete offers from the top down."""
        rows, may_repeat = super().get_search_results(request, queryset, search_term)
        return rows.order_by("path"), may_repeat


@admin.register(AreaFiscalClass)
class AreaFiscalClassAdmin(AsksReason, WithHistory, ScopedAdmin):
    """Fiscal classes are entered by the bureau; shares are split by them."""

    form = FiscalClassForm

    list_display = ("area_name", "fiscal_year", "class_name")
    list_filter = ("fiscal_year",)
    list_select_related = ("area",)
    search_fields = ("area__code__startswith", "area__name")
    autocomplete_fields = ("area",)
    ordering = ("-fiscal_year", "area__path")
    actions_detail = ("take_away",)

    @admin.display(description="地区", ordering="area__path")
    def area_name(self, row: AreaFiscalClass) -> str:
        """Name the area."""
        return f"{row.area.name}（{row.area.code}）"

    @admin.display(description="财政分类", ordering="fiscal_class")
    def class_name(self, row: AreaFiscalClass) -> str:
        """Name the class as the policies name it."""
        return fiscal_class_labels().get(row.fiscal_class, row.fiscal_class)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Store it with its reason, and have the subsidy shared by it."""
        super().save_model(request, obj, form, change)
        have_shares_put_right()

    @asks(
        title="删除财政分类",
        description="没有财政分类的地区不能计算财政补助分担；写错了的，也可以直接改。",
        form=ReasonForm,
        icon="delete",
        variant=ActionVariant.DANGER,
    )
    def take_away(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Strike the class out."""

        def work() -> str:
            row = self.visible(request, object_id)
            take_fiscal_class_away(
                fiscal_class=row,
                reason=form.cleaned_data["reason"],
                user=request.user,  # type: ignore[arg-type]
            )
            return f"已删除{row.area.name} {row.fiscal_year} 年财政分类。"

        return self.conclude(request, work, to=list_url(AreaFiscalClass))


@admin.register(School)
class SchoolAdmin(AsksReason, WithHistory, ScopedAdmin):
    """Schools whose classes are enrolled by list."""

    list_display = ("code", "name", "area_name")
    list_display_links = ("code", "name")
    list_select_related = ("area",)
    search_fields = ("code__startswith", "name")
    autocomplete_fields = ("area",)
    ordering = ("area__path", "name")
    fields = ("code", "name", "area")
    empty_text = "学校在这里登记，代码与学校班级名单上的一致；登记后即可导入班级名单。"


class MemberInline(ReadOnlyInline):
    """Who is on the household's register."""

    model = Resident
    fields = ("name", "masked", "relation_to_head", "born_on", "living_area")
    readonly_fields = ("masked",)
    verbose_name_plural = "家庭成员"
    show_change_link = True

    @admin.display(description="证件号码")
    def masked(self, resident: Resident) -> str:
        """Show the masked number."""
        return resident.masked_id_number

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resident]:
        """Return the members who live where the user may see."""
        visible = Q(living_area__in=scoped_areas(request.user))
        rows: QuerySet[Resident] = super().get_queryset(request)
        return rows.filter(visible).select_related("living_area").order_by("pk")


@admin.register(Household)
class HouseholdAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Households, with their members."""

    list_display = ("number", "head_name", "area_name", "address")
    list_select_related = ("area",)
    search_fields = ("number__startswith", "head_name__startswith")
    search_help_text = "按户编号或户主姓名开头查询"
    ordering = ("-pk",)
    fields = ("number", "head_name", "area", "address")
    inlines = (MemberInline,)

    @admin.display(description="所在地区")
    def area_name(self, row: Household) -> str:
        """Name the area."""
        return row.area.name
