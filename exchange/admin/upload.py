"""What the upload page asks."""

from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from exchange.admin.list_kinds import kinds
from exchange.models import BatchMode
from registry.models import Area, AreaLevel
from registry.selectors import scoped_areas

LARGEST_FILE = 50 * 1024 * 1024


class UploadForm(forms.Form):
    """A file, what it is, where and as of when it speaks."""

    kind = forms.ChoiceField(label="清单种类", widget=UnfoldAdminSelectWidget)
    area = forms.ModelChoiceField(Area.objects.none(), label="地区", widget=UnfoldAdminSelectWidget)
    as_of = forms.DateField(
        label="数据日期", widget=UnfoldAdminDateWidget(format="%Y-%m-%d"), initial=timezone.localdate
    )
    mode = forms.ChoiceField(
        label="报送方式",
        choices=BatchMode.choices,
        widget=UnfoldAdminSelectWidget,
        help_text="全量：清单以外的人视为已退出；补充：只办理清单内的人。",
    )
    file = forms.FileField(label="文件", widget=UnfoldAdminFileFieldWidget, help_text="xlsx、xls、ods 或 csv")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        divisions = [AreaLevel.PROVINCE, AreaLevel.CITY, AreaLevel.COUNTY, AreaLevel.INDUSTRY]
        areas = self.fields["area"]
        assert isinstance(areas, forms.ModelChoiceField)
        areas.queryset = scoped_areas(user).filter(level__in=divisions).order_by("path")
        areas.empty_label = "请选择"
        areas.label_from_instance = lambda area: f"{area.code} {area.name}"  # type: ignore[assignment]
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "请选择"), *((kind.code, kind.label) for kind in kinds())]

    def clean_file(self) -> Any:
        """Refuse what no list can be."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 50 MB，请分地区报送。")
        return file
