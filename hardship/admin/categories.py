"""Categories, and the names under which lists mean them (身份名称对照)."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.enums import ActionVariant

from exchange.models import InboundBatch
from hardship.admin.name_telling import in_background_told
from hardship.admin.names import mapping_page, queue_page
from hardship.admin.wording import ISSUERS, values_text
from hardship.models import Category, CategoryAlias
from hardship.services.lists.naming import depending_on_name
from hardship.services.load_categories import load_categories
from hardship.tasks import unmap_name
from policy.admin.display import NOTHING, link
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReadOnlyInline, ReasonForm, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin


class AliasInline(ReadOnlyInline):
    """Names seen in lists."""

    model = CategoryAlias
    fields = ("name", "added_by")


@admin.register(Category)
class CategoryAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """The register: shipped categories and those of approved policies, where a second person agreed to them."""

    area_lookup = None
    list_display = ("label", "issuer_label", "months", "clause")
    search_fields = ("label", "code")
    ordering = ("issuer", "label")
    fields = ("label", "code", "issuer_label", "relayers_label", "clause", "months")
    readonly_fields = ("issuer_label", "relayers_label")
    inlines = (AliasInline,)
    actions_list = ("take_over", "export_csv")

    @admin.display(description="认定部门", ordering="issuer")
    def issuer_label(self, category: Category) -> str:
        """Name the authority."""
        return ISSUERS.get(category.issuer, category.issuer)

    @admin.display(description="可代报的部门")
    def relayers_label(self, category: Category) -> str:
        """Name the others by whose lists it may begin."""
        return "、".join(ISSUERS.get(each, each) for each in category.relayed_by) or NOTHING

    @action(description="从生效政策更新登记簿", icon="sync", permissions=["supervisor"])
    def take_over(self, request: HttpRequest) -> HttpResponse:
        """Take over the categories and names of the policies in force; asked before, as it is written by POST only."""
        if request.method == "POST":
            counts = load_categories(user=request.user)  # type: ignore[arg-type]
            messages.success(
                request,
                f"新增类别 {counts.added} 个，更正 {counts.changed} 个，新增写法 {counts.names_added} 个。",
            )
            return redirect("admin:hardship_category_changelist")
        context = self.admin_site.each_context(request) | {"title": "从生效政策更新登记簿", "opts": self.opts}
        return TemplateResponse(request, "admin/openyibao/take_over.html", context)


@admin.register(CategoryAlias)
class CategoryAliasAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Names that mean something; an unknown one is mapped once, and the rows that waited for it are applied."""

    area_lookup = None
    list_display = ("name", "category_label", "attributes_shown", "added_by")
    list_display_links = ("name",)
    list_select_related = ("category", "added_by")
    search_fields = ("name", "category__label")
    ordering = ("category__label", "name")
    fields = ("name", "category_label", "attributes_shown", "also_shown", "added_by", "depends")
    readonly_fields = ("category_label", "attributes_shown", "also_shown", "depends")
    actions_list = ("waiting_names", "map_name", "export_csv")
    actions_detail = ("unmap",)

    @admin.display(description="类别", ordering="category__label")
    def category_label(self, alias: CategoryAlias) -> str:
        """Name the category."""
        return alias.category.label

    @admin.display(description="同时说明的属性")
    def attributes_shown(self, alias: CategoryAlias) -> str:
        """Show what else the name says."""
        return values_text(alias.attributes, alias.category) or NOTHING

    @admin.display(description="同时说明的其他身份")
    def also_shown(self, alias: CategoryAlias) -> str:
        """Name the other categories the name implies."""
        if not alias.also:
            return NOTHING
        labels = Category.objects.filter(code__in=alias.also).order_by("label")
        return "、".join(labels.values_list("label", flat=True))

    @admin.display(description="据以办理的认定")
    def depends(self, alias: CategoryAlias) -> SafeString | str:
        """Say which lists in force brought recognitions because of the name."""
        if alias.added_by_id is None:
            return "登记簿规定的写法，不能撤销"
        found = depending_on_name(alias)
        batches = InboundBatch.objects.in_bulk(found)
        lines = [(link(batches[pk], batches[pk].file_name), people) for pk, people in found.items()]
        return format_html_join("", "<div>{} {} 人</div>", lines) or "没有，可以撤销"

    def has_work_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user handles or reviews lists of some area."""
        return self.acts(request, None, roles=(*CLERKS, *REVIEWERS))

    def has_unmap_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user reviews and staff gave the name its meaning."""
        key = obj.pk if isinstance(obj, CategoryAlias) else obj
        given = key is None or CategoryAlias.objects.filter(pk=key, added_by__isnull=False).exists()
        return given and self.has_reviewer_permission(request)

    @action(description="待对照名称", icon="rule", permissions=["work"], variant=ActionVariant.PRIMARY)
    def waiting_names(self, request: HttpRequest) -> HttpResponse:
        """Show the mapping queue."""
        return queue_page(self, request)

    @action(description="对照名称", icon="add_link", permissions=["work"])
    def map_name(self, request: HttpRequest) -> HttpResponse:
        """Say what a name means, after a look at what that applies."""
        return mapping_page(self, request, may_map=self.has_reviewer_permission(request))

    @asks(
        title="撤销对照",
        description="此后清单中的这个写法重新待对照；已有认定据此办理的不能撤销。",
        form=ReasonForm,
        may="unmap",
        icon="link_off",
        variant=ActionVariant.DANGER,
    )
    def unmap(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Take a mapping back while nothing stands on it."""

        def work() -> str:
            alias = self.visible(request, object_id)
            unmap_name(alias=alias, reason=form.cleaned_data["reason"], user=request.user)  # type: ignore[arg-type]
            return f"“{alias.name}”的对照已撤销。{in_background_told(request)}"

        return self.conclude(request, work, to=reverse("admin:hardship_categoryalias_changelist"))
