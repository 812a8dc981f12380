"""Recognitions (身份认定): every identity its own dated record."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from hardship.admin.corrections import CorrectionForm, EndForm, EvidenceForm
from hardship.admin.filters import HoldsOn, LivesIn, Term
from hardship.admin.register import register_page
from hardship.admin.wording import ISSUERS, attributes_text
from hardship.models import Recognition
from hardship.services.corrections import propose_correction, propose_voiding
from hardship.services.recognitions import end_recognitions
from policy.admin.display import NOTHING
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

Origin = Callable[[Recognition], SafeString | str]
_origins: list[Origin] = []


def origin(told: Origin) -> Origin:
    """Let an app above say where a recognition comes from; "" = not from there."""
    _origins.append(told)
    return told


@admin.register(Recognition)
class RecognitionAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Identities as agencies recognised them; lists and services write them."""

    empty_text = "导入部门名单，或点右上角的“登记身份”。"
    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "category_label", "attributes_shown", "valid_from", "valid_to", "issuer",
        "lives_in",
    )  # fmt: skip
    list_display_links = ("category_label",)
    list_filter = (
        ("category", RelatedDropdownFilter),
        LivesIn,
        Term,
        HoldsOn,
        ("valid_from", RangeDateFilter),
    )
    list_select_related = ("resident__living_area", "category")
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number"),
        ("category_label", "attributes_shown"),
        ("valid_from", "valid_to"),
        ("issuer", "agency", "document"),
        ("batch", "row_number", "comes_from"),
        ("recorded_at", "recorded_by"),
    )
    readonly_fields = (
        "resident_link", "masked_number", "category_label", "attributes_shown", "issuer", "comes_from",
    )  # fmt: skip
    actions_list = ("register", "export_csv")
    actions_detail = ("end", "correct", "void")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read what the page names along."""
        return super().get_queryset(request).select_related("resident__living_area", "category")

    @admin.display(description="困难身份", ordering="category__label")
    def category_label(self, recognition: Recognition) -> str:
        """Name the category."""
        return recognition.category.label

    @admin.display(description="属性")
    def attributes_shown(self, recognition: Recognition) -> str:
        """Show the attributes."""
        return attributes_text(recognition) or "—"

    @admin.display(description="认定部门", ordering="authority")
    def issuer(self, recognition: Recognition) -> str:
        """Name the authority."""
        return ISSUERS.get(recognition.authority, recognition.authority)

    @admin.display(description="居住地", ordering="resident__living_area__path")
    def lives_in(self, recognition: Recognition) -> str:
        """Name where the person lives."""
        return recognition.resident.living_area.name

    @admin.display(description="缘由")
    def comes_from(self, recognition: Recognition) -> SafeString | str:
        """Lead to what the recognition comes from, beside its list."""
        return next(filter(None, (told(recognition) for told in _origins)), NOTHING)

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the recognition stands, and the user handles cases of its area."""
        key = obj.pk if isinstance(obj, Recognition) else obj
        stands = key is None or Recognition.objects.filter(pk=key, valid_to__isnull=True).exists()
        return stands and self.has_clerk_permission(request, obj)

    @action(description="登记身份", icon="person_add", permissions=["clerk"], variant=ActionVariant.PRIMARY)
    def register(self, request: HttpRequest) -> HttpResponse:
        """Register one identity by hand."""
        return register_page(self, request)

    @asks(
        title="终止身份",
        description="情况变化、不再符合条件的，自所填日期起终止；登记有误的请“提出更正”。",
        form=EndForm,
        may="end",
        icon="event_busy",
    )
    def end(self, request: HttpRequest, form: EndForm, object_id: str) -> HttpResponse:
        """End it as of a day."""

        def work() -> str:
            recognition, data = self.visible(request, object_id), form.cleaned_data
            assert isinstance(request.user, User)
            end_recognitions(
                recognition_ids=[recognition.pk], on=data["on"], reason=data["reason"], user=request.user
            )
            return f"{recognition.category.label}自 {data['on']} 起终止。"

        return self.conclude(request, work)

    def has_propose_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user works in the area; a second person confirms what they propose."""
        return self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @asks(
        title="提出更正",
        description="认定登记有误时更正，须他人复核后生效；身份变动请按清单办理。",
        form=CorrectionForm,
        may="propose",
        icon="edit_note",
    )
    def correct(self, request: HttpRequest, form: CorrectionForm, object_id: str) -> HttpResponse:
        """Propose other values."""

        def work() -> str:
            assert isinstance(request.user, User)
            case = propose_correction(
                recognition=self.visible(request, object_id),
                changes=form.changes(),
                evidence=form.cleaned_data["evidence"],
                reason=form.cleaned_data["reason"],
                user=request.user,
            )
            return f"已提出更正，工单 {case} 待他人复核。"

        return self.conclude(request, work)

    @asks(
        title="提出作废",
        description="从未有过的认定予以作废，须他人复核后生效。",
        form=EvidenceForm,
        may="propose",
        icon="delete_sweep",
        variant=ActionVariant.DANGER,
    )
    def void(self, request: HttpRequest, form: EvidenceForm, object_id: str) -> HttpResponse:
        """Propose to strike it out."""

        def work() -> str:
            assert isinstance(request.user, User)
            case = propose_voiding(
                recognition=self.visible(request, object_id),
                evidence=form.cleaned_data["evidence"],
                reason=form.cleaned_data["reason"],
                user=request.user,
            )
            return f"已提出作废，工单 {case} 待他人复核。"

        return self.conclude(request, work)
