"""The page everybody builds on: bounded counts, nothing deleted, one service call for an action, refusals said."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.dataclasses import ActionDialog
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextareaWidget

from policy.admin.columns import column, shown_fields
from policy.admin.display import NOTHING, list_url
from policy.admin.keys import only_with_keys
from policy.admin.paging import BoundedPaginator, HouseList
from policy.errors import DomainError


class HouseAdmin(ModelAdmin):
    """What holds for every page of ours."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_fullwidth = True
    list_filter_submit = True
    list_filter_sheet = True
    compressed_fields = False
    empty_text = ""  # where a list's rows come from, said where there are none yet
    empty_value_display = NOTHING

    @cached_property
    def readonly_preprocess_fields(self) -> Any:
        """Rewrite what is only shown: money in groups, related records by name."""
        return shown_fields(self.model)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show money in groups of three; exports keep plain figures."""
        return [column(self.model, name) for name in super().get_list_display(request)]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[HouseList]:
        """Use the house's list."""
        return HouseList

    def get_urls(self) -> list[URLPattern]:
        """Let no address reach a page with a key that no row can have, nor an action without a row."""
        actions = (*self._get_base_actions_detail(), *self._get_base_actions_row())
        names = {each.action_name for each in actions}
        return [only_with_keys(self, each, is_action=each.name in names) for each in super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is deleted by hand: records end, are reversed or closed."""
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show what stands besides the fields; lead to a history only where one is kept."""
        context["show_history"] = isinstance(self, SimpleHistoryAdmin) or self.has_change_permission(request)
        context |= self.besides(request, kwargs.get("obj"))
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def besides(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what a page's templates show besides its fields.

        :param row: whose page it is; null = a new one
        """
        return {}

    def conclude(
        self, request: HttpRequest, work: Callable[[], str], *, to: str | None = None
    ) -> HttpResponse:
        """Do one service call, say what it did or why it was refused, and go back to the page.

        :param work: calls the service and returns the sentence that says what it did
        :param to: where to go when it worked; null = the page the question was asked on
        """
        try:
            said = work()
        except DomainError as refused:
            messages.error(request, refused.message)
            to = None
        else:
            messages.success(request, said)
        if to is None:
            to = (
                request.headers.get("HX-Current-URL")
                or request.path.rstrip("/").rpartition("/")[0] + "/change/"
            )
        return HttpResponse(status=204, headers={"HX-Redirect": to})

    def ask_to_begin(
        self,
        request: HttpRequest,
        form: forms.Form,
        work: Callable[[], tuple[str, str]],
        *,
        title: str,
        submit_text: str = "",
    ) -> HttpResponse:
        """Ask a form on a page of its own, then do one service call and lead on; a refusal stands on the form.

        :param work: calls the service and returns what to say, "" = nothing, and the address to go to
        """
        if request.method == "POST" and form.is_valid():
            try:
                said, to = work()
            except DomainError as refused:
                form.add_error(None, refused.message)
            else:
                if said:
                    messages.success(request, said)
                return redirect(to)
        return self.ask_on_page(request, form, title=title, submit_text=submit_text)

    def ask_on_page(
        self,
        request: HttpRequest,
        form: forms.Form,
        *,
        title: str,
        submit_text: str = "",
        plan: SafeString | str = "",
    ) -> TemplateResponse:
        """Return a page that asks a form, with what is wrong with it.

        :param plan: what would be done, shown with a button that posts `start`
        """
        context = self.admin_site.each_context(request) | {
            "title": title,
            "form": form,
            "submit_text": submit_text,
            "plan": plan,
            "content_title": title,
            "model_admin": self,
            "back": list_url(self.model),
        }
        return TemplateResponse(request, "admin/openyibao/run.html", context)


class ReadOnly:
    """Computed or received rows: looked at, never typed. Put it before the admin class."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody changes by hand."""
        return False


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows of a page that are only shown."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True
    per_page = 50
    ordering: tuple[str, ...] = ("-pk",)
    template_after = "admin/openyibao/inline_empty.html"

    @cached_property
    def readonly_preprocess_fields(self) -> Any:
        """Rewrite what is only shown, as on pages."""
        return shown_fields(self.model)

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> Any:
        """Every column is only shown."""
        return self.fields

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody deletes by hand."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whoever sees the page sees its rows."""
        return True


class DayInput(forms.DateInput):
    """Asks for a day with the browser's own calendar, which dialogs need no script for."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": " ".join(INPUT_CLASSES), **(attrs or {})}, format="%Y-%m-%d")


class ReasonForm(BaseDialogForm):
    """Asks why."""

    reason = forms.CharField(
        label="事由", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class ConfirmForm(BaseDialogForm):
    """Asks nothing but whether it is meant."""


def asks(
    *,
    title: str,
    description: str = "",
    form: type[BaseDialogForm] = ConfirmForm,
    may: str = "change",
    icon: str = "",
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Callable[..., HttpResponse]], Any]:
    """Make a method an action that opens a dialog first: nothing is written by following a link.

    :param may: the page's `has_<may>_permission`, asked with the object's id
    """
    dialog = ActionDialog(title=title, description=description, form_class=form, form_submit_text="确定")
    made: Callable[[Callable[..., HttpResponse]], Any] = action(
        description=title, permissions=[may], icon=icon or None, variant=variant, dialog=dialog
    )
    return made
