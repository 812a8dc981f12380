"""Identities as partners ask for and read them."""

from typing import Any

from rest_framework import serializers

from exchange.api.fields import Day, IdNumber


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
