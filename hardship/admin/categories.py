"""Categories, and the names under which lists mean them (身份名称对照)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from hardship.admin.recognitions import ISSUERS, values_text
from hardship.models import Category, CategoryAlias
from hardship.rules.identity_names import made_alike
from hardship.services.lists import map_identity_name
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReadOnlyInline
from registry.admin.base import ScopedAdmin


class AliasInline(ReadOnlyInline):
    """Names seen in lists."""

    model = CategoryAlias
    fields = ("name", "added_by")


@admin.register(Category)
class CategoryAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """The register; a new category is added there, not here."""

    area_lookup = None
    list_display = ("label", "issuer_label", "months", "clause")
    search_fields = ("label", "code")
    ordering = ("issuer", "label")
    fields = ("label", "code", "issuer_label", "clause", "months")
    readonly_fields = ("issuer_label",)
    inlines = (AliasInline,)

    @admin.display(description="认定部门", ordering="issuer")
    def issuer_label(self, category: Category) -> str:
        """Name the authority."""
        return ISSUERS.get(category.issuer, category.issuer)


class AliasForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What a name in lists means."""

    reason = forms.CharField(
        label="依据", max_length=200, widget=UnfoldAdminTextInputWidget, help_text="哪个部门、什么文件说明的"
    )

    def clean_name(self) -> str:
        """Refuse a name that means something already, in whatever spelling."""
        name: str = self.cleaned_data["name"]
        if CategoryAlias.objects.filter(name=made_alike(name)).exists():
            raise forms.ValidationError("这个写法已有对照。")
        return name


@admin.register(CategoryAlias)
class CategoryAliasAdmin(WithHistory, ScopedAdmin):
    """Map a name once; the rows that waited for it are applied at once."""

    form = AliasForm
    area_lookup = None
    list_display = ("name", "category_label", "attributes_shown", "added_by")
    list_select_related = ("category", "added_by")
    search_fields = ("name", "category__label")
    autocomplete_fields = ("category",)
    ordering = ("category__label", "name")
    fields = ("name", "category", "attributes", "reason")

    @admin.display(description="类别", ordering="category__label")
    def category_label(self, alias: CategoryAlias) -> str:
        """Name the category."""
        return alias.category.label

    @admin.display(description="同时说明的属性")
    def attributes_shown(self, alias: CategoryAlias) -> str:
        """Show what else the name says."""
        return values_text(alias.attributes, alias.category) or "—"

    def get_fields(self, request: HttpRequest, obj: CategoryAlias | None = None) -> tuple[str, ...]:
        """Ask for the reason only when a name is mapped."""
        return self.fields if obj is None else ("name", "category_label", "attributes_shown", "added_by")

    def get_readonly_fields(self, request: HttpRequest, obj: CategoryAlias | None = None) -> tuple[str, ...]:
        """Show a mapping as it is."""
        return () if obj is None else ("category_label", "attributes_shown")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes what lists were read by."""
        return False

    def save_model(self, request: HttpRequest, obj: CategoryAlias, form: AliasForm, change: bool) -> None:
        """Map the name through the service."""
        data = form.cleaned_data
        saved = map_identity_name(
            name=data["name"],
            category=data["category"].pk,
            attributes=data["attributes"] or {},
            reason=data["reason"],
            user=request.user,  # type: ignore[arg-type]
        )
        obj.__dict__.update(saved.__dict__)
