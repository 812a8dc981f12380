"""Identities as partners ask for and read them."""

import base64
import binascii
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exchange.api.fields import Day, IdNumber
from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.rules.listed_identities import AMENDING
from hardship.services.lists.lines import amended_values
from hardship.services.lists.remarks import FOR_SENDER


class IdentitySearch(serializers.Serializer[Any]):
    """Whose identities, on which day, known when."""

    id_number = IdNumber()
    on = Day(help_text="查询日期")
    known_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="按当时的记录回答；空为现在"
    )


class IdentityReply(serializers.Serializer[Any]):
    """One identity held on the day."""

    category = serializers.CharField(help_text="类别代码，与政策文件一致")
    label = serializers.CharField(help_text="类别名称")  # type: ignore[assignment]
    since = serializers.DateField(allow_null=True, help_text="连续持有的首日")
    valid_from = serializers.DateField(help_text="本次认定起始日期")
    valid_to = serializers.DateField(allow_null=True, help_text="终止日期（不含）；空为长期")
    authority = serializers.CharField(help_text="认定部门")
    attributes = serializers.DictField(help_text="类别登记簿列明的属性，如残疾等级、风险是否消除")


class IdentitySearchReply(serializers.Serializer[Any]):
    """The person's identities on the day."""

    on = serializers.DateField(help_text="查询日期")
    known_at = serializers.DateTimeField(allow_null=True, help_text="按何时的记录；空为现在")
    identities = IdentityReply(many=True, help_text="当日持有的身份")


class FileContent(serializers.CharField):
    """The bytes of a file as base64."""

    default_error_messages = {"base64": "文件内容须为 base64 编码"}

    def to_internal_value(self, data: Any) -> bytes:  # type: ignore[override]  # text in, bytes out
        """Return the bytes."""
        text = super().to_internal_value(data)
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            self.fail("base64")


class ListSubmission(serializers.Serializer[Any]):
    """A list as it is sent."""

    area = serializers.CharField(max_length=12, help_text="名单地区的区划代码")
    as_of = Day(help_text="数据日期")
    mode = serializers.ChoiceField(choices=BatchMode.choices, help_text="报送方式：全量或补充")
    file_name = serializers.CharField(max_length=255, help_text="文件名，扩展名须与内容相符")
    content = FileContent(help_text="文件内容（base64）：xlsx、xls、ods 或 csv")


class ListForm(serializers.Serializer[Any]):
    """A list as it is sent in a form: `as_in_json` makes it a `ListSubmission`."""

    area = serializers.CharField(max_length=12, help_text="名单地区的区划代码")
    as_of = Day(help_text="数据日期")
    mode = serializers.ChoiceField(choices=BatchMode.choices, help_text="报送方式：全量或补充")
    file_name = serializers.CharField(
        max_length=255, required=False, help_text="文件名，扩展名须与内容相符；不填的取文件本身的名称"
    )
    content = serializers.FileField(help_text="文件：xlsx、xls、ods 或 csv")


class BatchReply(serializers.Serializer[InboundBatch]):
    """How a list stands."""

    batch = serializers.IntegerField(source="pk", help_text="批次号")
    kind = serializers.SerializerMethodField(help_text="名单种类")
    area = serializers.CharField(source="area.code", help_text="区划代码")
    as_of = serializers.DateField(help_text="数据日期")
    mode = serializers.ChoiceField(choices=BatchMode.choices, help_text="报送方式")
    status = serializers.ChoiceField(choices=BatchStatus.choices, help_text="状态")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="结果 → 行数；ended 包括名单以外被取消的人"
    )
    error = serializers.CharField(allow_blank=True, help_text="退回或撤销的原因")
    received_at = serializers.DateTimeField(source="created_at", help_text="受理时间")
    applied_at = serializers.DateTimeField(allow_null=True, help_text="生效时间；空为未生效")

    def get_kind(self, batch: InboundBatch) -> str:
        """Return the kind as it stands in the address."""
        return batch.kind.partition(".")[2]


class RowQuery(serializers.Serializer[Any]):
    """Which rows to list."""

    outcome = serializers.ChoiceField(
        choices=RowOutcome.choices, required=False, help_text="只列这种结果的行"
    )


class AmendedReply(serializers.Serializer[Any]):
    """One thing of a recognition that a row makes otherwise."""

    category = serializers.CharField(help_text="类别代码，与政策文件一致")
    name = serializers.CharField(help_text="属性代码；valid_to 为终止日期（不含）")
    old = serializers.CharField(allow_null=True, help_text="原来的值；空为没有注明，终止日期空为长期")
    new = serializers.CharField(allow_null=True, help_text="按名单办理后的值")


class RowReply(serializers.Serializer[InboundRow]):
    """A row as it was sent, and what became of it."""

    number = serializers.IntegerField(help_text="行号")
    sheet = serializers.CharField(allow_blank=True, help_text="工作表；文本文件为空")
    name = serializers.SerializerMethodField(help_text="姓名")
    masked_id_number = serializers.SerializerMethodField(help_text="证件号码（脱敏）")
    outcome = serializers.ChoiceField(choices=RowOutcome.choices, help_text="结果")
    code = serializers.CharField(allow_blank=True, help_text="原因代码")
    field = serializers.CharField(allow_blank=True, help_text="涉及栏目")
    message = serializers.SerializerMethodField(help_text="退回的说明")
    remarks = serializers.SerializerMethodField(
        help_text="名单与登记的不同而未作改动、已有决定等说明，只说本部门报送和认定的身份；没有的为空数组"
    )
    amended = serializers.SerializerMethodField(
        help_text="本部门认定的身份，这一行改了哪些内容；没有改的为空数组"
    )

    def get_name(self, row: InboundRow) -> str:
        """Return the name as sent."""
        return str(row.payload.get("name") or "")

    def get_masked_id_number(self, row: InboundRow) -> str:
        """Return the masked number as sent."""
        return str(row.payload.get("id_number") or "")

    def get_message(self, row: InboundRow) -> str:
        """Return why a row was refused; other words may speak of the register."""
        return row.message if row.outcome == RowOutcome.REFUSED else ""

    def get_remarks(self, row: InboundRow) -> list[str]:
        """Return what is to be said of a row that was taken, without what others recorded."""
        return list(row.payload.get(FOR_SENDER, ()))

    @extend_schema_field(AmendedReply(many=True))
    def get_amended(self, row: InboundRow) -> list[dict[str, Any]]:
        """Return what of recognitions the row changed, old and new; only who answers for them can change them."""
        return [
            {"category": change["category"], "name": name, "old": _as_sent(old), "new": _as_sent(new)}
            for change in row.payload.get("changes", ())
            if change["do"] in AMENDING
            for name, (old, new) in amended_values(change).items()
        ]


def _as_sent(value: object) -> str | None:
    """Return a value as lists write it: true and false as words of JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
