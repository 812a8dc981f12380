"""The page on which a list comes in: what it is, where and as of when it speaks; forms and samples of each kind."""

from typing import Any

from django import forms
from django.contrib import messages
from django.forms.utils import flatatt
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
)

from exchange.admin.downloads import xlsx_answer
from exchange.admin.list_kinds import ListKind, kind_of, kinds
from exchange.admin.senders import SenderSelect, agreed_for, checked_sender, senders_for
from exchange.models import Agency, BatchMode, BatchStatus, InboundBatch
from policy.admin.house import DayInput
from registry.models import Area, AreaLevel
from registry.selectors import scoped_areas

LARGEST_FILE = 50 * 1024 * 1024
SUFFIXES = ".xlsx,.xls,.ods,.csv,.txt"
FULL = SafeString(
    "<b>全量</b>：写的是本地区全部在册的人。名单以外、由同一部门认定的人视为已退出，将被<b>取消</b>；"
    "名单里完全没有出现的身份类别不受影响，一个也不取消。"
)
SUPPLEMENTARY = SafeString("<b>补充</b>：只写本次新增、变动的人。只办理名单内的人，<b>不取消</b>任何人。")
FORMS = {"template": "模板", "sample": "样例"}


class KindSelect(UnfoldAdminSelectWidget):
    """Kinds, each saying in its option in which ways it is sent and by whom."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Tell the page's script the modes and the sender of the kind."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        kind = kind_of(str(value))
        if kind is not None:
            option["attrs"]["data-modes"] = " ".join(kind.modes)
            option["attrs"]["data-sender"] = kind.sender
        return option


class AreaSelect(UnfoldAdminSelectWidget):
    """Areas, each saying in its option where it lies."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Tell the page's script which agencies answer for the area."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        area = getattr(value, "instance", None)
        if area is not None:
            option["attrs"]["data-path"] = area.path
        return option


class DropInput(forms.FileInput):
    """A box to drop a file on; it shows the file's name."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Use the project's template."""
        said = self.get_context(name, value, attrs)["widget"]["attrs"]
        return render_to_string("admin/openyibao/drop.html", {"name": name, "attrs": flatatt(said)})


class UploadForm(forms.Form):
    """A file, what it is, where and as of when it speaks."""

    kind = forms.ChoiceField(label="清单种类", widget=KindSelect)
    area = forms.ModelChoiceField(Area.objects.none(), label="地区", widget=AreaSelect)
    as_of = forms.DateField(
        label="数据日期",
        widget=DayInput,
        initial=timezone.localdate,
        help_text="清单说的是哪一天的情况；取消、变更自这一天起。",
    )
    mode = forms.ChoiceField(
        label="报送方式",
        choices=[(BatchMode.FULL, FULL), (BatchMode.SUPPLEMENTARY, SUPPLEMENTARY)],
        widget=UnfoldAdminRadioSelectWidget,
        required=False,
        help_text="死亡、缴费、结算、登记等清单只有补充一种，不用选。",
    )
    agency = forms.ModelChoiceField(
        Agency.objects.none(),
        label="报送部门",
        widget=SenderSelect,
        required=False,
        empty_label="按报送约定",
        help_text="名单是哪个部门报来的，记在据此办理的每一条认定上。没有约定又不选的，不记。",
    )
    file = forms.FileField(
        label="文件",
        widget=DropInput(attrs={"accept": SUFFIXES}),
        help_text="xlsx、xls、ods 或 csv，不超过 50 MB；不要加密码。",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        divisions = [AreaLevel.PROVINCE, AreaLevel.CITY, AreaLevel.COUNTY, AreaLevel.INDUSTRY]
        areas = self.fields["area"]
        assert isinstance(areas, forms.ModelChoiceField)
        areas.queryset = scoped_areas(user).filter(level__in=divisions).order_by("path")
        areas.empty_label = "请选择"
        areas.label_from_instance = _area_label  # type: ignore[assignment]
        only = list(areas.queryset[:2])
        if len(only) == 1:
            areas.initial = only[0].pk
        senders = self.fields["agency"]
        assert isinstance(senders, forms.ModelChoiceField)
        senders.queryset = senders_for(areas.queryset)
        senders.label_from_instance = lambda agency: agency.name  # type: ignore[assignment]
        self.agreed = agreed_for(areas.queryset)
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "请选择"), *((kind.code, kind.label) for kind in kinds())]

    def clean_as_of(self) -> Any:
        """Refuse a day that nobody can know about."""
        day = self.cleaned_data["as_of"]
        if day > timezone.localdate():
            raise forms.ValidationError("数据日期不能晚于今天。")
        return day

    def clean_file(self) -> Any:
        """Refuse what no list can be."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 50 MB，请分地区报送。")
        return file

    def clean(self) -> dict[str, Any]:
        """Take the only way a kind can be sent; where there are two, somebody has to say which."""
        data: dict[str, Any] = super().clean() or {}
        kind = kind_of(data.get("kind", ""))
        if kind is None:
            return data
        if len(kind.modes) == 1:
            data["mode"] = kind.modes[0]
        elif not data.get("mode"):
            self.add_error("mode", "请选择全量还是补充：全量会取消名单以外的人。")
        try:
            data["agency"] = checked_sender(data.get("agency"), kind=kind.code, area=data.get("area"))
        except forms.ValidationError as wrong:
            self.add_error("agency", wrong)
        return data


def _area_label(area: Area) -> str:
    return f"{area.code} {area.name}"


def form_file(code: str, which: str) -> HttpResponse:
    """Return the empty form of a kind, or one filled with invented people.

    :raises Http404: if there is no such kind, or it has none
    """
    kind = kind_of(code)
    make = {"template": kind.template, "sample": kind.sample}.get(which) if kind else None
    if kind is None or make is None:
        raise Http404("没有这种清单的模板。")
    return xlsx_answer(make(), f"{kind.label}-{FORMS[which]}")


def described_kinds() -> list[ListKind]:
    """Return the kinds about which the page has something to say."""
    return [kind for kind in kinds() if kind.about or kind.template]


def tell(request: HttpRequest, batch: InboundBatch) -> None:
    """Tell who uploaded a list what became of it."""
    match batch.status:
        case BatchStatus.REFUSED:
            messages.error(request, f"{batch.file_name}整份退回：{batch.error}")
        case BatchStatus.APPLIED:
            messages.info(request, "这份清单此前已经生效，没有改动。")
        case BatchStatus.RECEIVED:
            messages.success(request, "文件已收到，正在后台读取；可以离开本页，稍后再来核对。")
        case _:
            messages.success(request, "已生成导入方案，请核对后确认生效。")
