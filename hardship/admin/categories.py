"""Categories, and the names under which lists mean them (身份名称对照)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from hardship.admin.recognitions import ISSUERS
from hardship.models import Category, CategoryAlias
from policy.admin.house import ReadOnly, ReadOnlyInline
from registry.admin.base import ScopedAdmin


class AliasInline(ReadOnlyInline):
    """Names seen in lists."""

    model = CategoryAlias
    fields = ("name", "attributes", "added_by")


@admin.register(Category)
class CategoryAdmin(ReadOnly, ScopedAdmin):
    """The register; a new category is added there, not here."""

    area_lookup = None
    list_display = ("label", "issuer_label", "months", "clause")
    search_fields = ("label", "code")
    ordering = ("issuer", "label")
    fields = ("label", "code", "issuer_label", "clause", "attributes", "months")
    readonly_fields = ("issuer_label",)
    inlines = (AliasInline,)

    @admin.display(description="认定部门", ordering="issuer")
    def issuer_label(self, category: Category) -> str:
        """Name the authority."""
        return ISSUERS.get(category.issuer, category.issuer)


@admin.register(CategoryAlias)
class CategoryAliasAdmin(ScopedAdmin):
    """Map a name once; the rows held for it can then be applied."""

    area_lookup = None
    list_display = ("name", "category_label", "attributes", "added_by")
    list_select_related = ("category", "added_by")
    search_fields = ("name", "category__label")
    autocomplete_fields = ("category",)
    ordering = ("category__label", "name")
    fields = ("name", "category", "attributes")

    @admin.display(description="类别", ordering="category__label")
    def category_label(self, alias: CategoryAlias) -> str:
        """Name the category."""
        return alias.category.label

    def save_model(self, request: HttpRequest, obj: CategoryAlias, form: Any, change: bool) -> None:
        """Say who mapped it."""
        if not change:
            obj.added_by_id = request.user.pk
        super().save_model(request, obj, form, change)
