"""Chinese names for packages whose own cannot be translated; staff see them in the admin.

Set on the loaded models alone: migrations read the attributes as they were declared, and see no change.
"""

from typing import ClassVar

from axes.apps import AppConfig as BaseAxesConfig
from django.apps import AppConfig
from django_otp.plugins.otp_static.apps import DefaultConfig as BaseStaticCodesConfig
from django_otp.plugins.otp_totp.apps import DefaultConfig as BaseTimedCodesConfig
from oauth2_provider.apps import DOTConfig as BaseOAuthConfig

DEVICE_FIELDS = {
    "user": "用户",
    "name": "名称",
    "confirmed": "已启用",
    "throttling_failure_timestamp": "最近失败时间",
    "throttling_failure_count": "连续失败次数",
    "created_at": "创建时间",
    "last_used_at": "最近使用时间",
    "key": "密钥",
    "step": "步长（秒）",
    "t0": "起始时刻",
    "digits": "位数",
    "tolerance": "容许偏差步数",
    "drift": "时钟偏差",
    "last_t": "最近使用的步数",
}


class ChineseNames(AppConfig):
    """Name the models and fields in Chinese once they are loaded."""

    model_names: ClassVar[dict[str, str]] = {}
    field_names: ClassVar[dict[str, str]] = {}

    def ready(self) -> None:
        """Set the names."""
        super().ready()
        for model_name, chinese in self.model_names.items():
            options = self.get_model(model_name)._meta
            options.verbose_name = options.verbose_name_plural = chinese
            for field in options.local_fields:
                field.verbose_name = self.field_names.get(field.name, field.verbose_name)


class AxesConfig(BaseAxesConfig):
    """Log-in attempts and lock-outs."""

    verbose_name = "登录安全"


class OAuthConfig(ChineseNames, BaseOAuthConfig):
    """Partner agencies' programs and their tokens."""

    verbose_name = "接口授权"
    model_names: ClassVar[dict[str, str]] = {
        "Application": "接入应用",
        "AccessToken": "访问令牌",
        "RefreshToken": "刷新令牌",
        "IDToken": "身份令牌",
        "Grant": "授权码",
    }


class StaticCodesConfig(ChineseNames, BaseStaticCodesConfig):
    """Second factor: codes on paper."""

    verbose_name = "备用验证码"
    model_names: ClassVar[dict[str, str]] = {"StaticDevice": "备用验证码"}
    field_names: ClassVar[dict[str, str]] = DEVICE_FIELDS


class TimedCodesConfig(ChineseNames, BaseTimedCodesConfig):
    """Second factor: codes from a device."""

    verbose_name = "动态口令"
    model_names: ClassVar[dict[str, str]] = {"TOTPDevice": "动态口令设备"}
    field_names: ClassVar[dict[str, str]] = DEVICE_FIELDS
