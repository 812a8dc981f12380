"""Agencies (外部门) that send lists and calls, and where their news is posted."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.models import Area
from registry.models.history import change_history
from registry.models.sealing import open_sealed, seal


class AgencyKind(models.TextChoices):
    """What an agency answers for."""

    CIVIL_AFFAIRS = "civil_affairs", "民政"
    RURAL_AFFAIRS = "rural_affairs", "农业农村"
    DISABLED_FEDERATION = "disabled_federation", "残联"
    HEALTH_COMMISSION = "health_commission", "卫生健康"
    TAX_AUTHORITY = "tax_authority", "税务"
    FINANCE = "finance", "财政"
    HOSPITAL = "hospital", "医疗机构"
    SCHOOL = "school", "学校"
    FAMILY_PLANNING = "family_planning", "计划生育"
    OTHER = "other", "其他"


class Agency(models.Model):
    """A partner and the area it answers for; what it may do through the API are the scopes of its OAuth2 client."""

    code = models.CharField("机构代码", max_length=40, unique=True)
    name = models.CharField("机构名称", max_length=100)
    kind = models.CharField("部门类别", max_length=30, choices=AgencyKind.choices)
    area = models.ForeignKey(Area, verbose_name="所属地区", on_delete=models.PROTECT, related_name="agencies")
    application = models.OneToOneField(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        verbose_name="接口客户端",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="agency",
    )
    is_active = models.BooleanField("启用", default=True)
    history = change_history("外部门")

    class Meta:
        verbose_name = "外部门"
        verbose_name_plural = "外部门"

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


class WebhookEndpoint(models.Model):
    """An address at which an agency receives signed events.

    The signing secret (Standard Webhooks: base64, with or without `whsec_`) is sealed; no `event_kinds` = all kinds.
    """

    agency = models.ForeignKey(
        Agency, verbose_name="外部门", on_delete=models.PROTECT, related_name="endpoints"
    )
    url = models.URLField("接收地址", max_length=500)
    sealed_secret = models.BinaryField("签名密钥（密文）")
    event_kinds = ArrayField(
        models.CharField(max_length=60), verbose_name="订阅事件", default=list, blank=True
    )
    is_active = models.BooleanField("启用", default=True)
    history = change_history("推送地址")

    class Meta:
        verbose_name = "推送地址"
        verbose_name_plural = "推送地址"
        constraints = [models.UniqueConstraint(fields=["agency", "url"], name="one_endpoint_per_address")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.url}"

    @property
    def secret(self) -> str:
        """The signing secret in the clear."""
        return open_sealed(self.sealed_secret)

    @secret.setter
    def secret(self, value: str) -> None:
        self.sealed_secret = seal(value)
