"""Categories of hardship identity (困难身份类别) and the names lists call them by."""

from django.db import models

from registry.models.history import change_history


class Category(models.Model):
    """A category; its code is the key in policy files. Loaded from the register, so a new one needs no code."""

    code = models.CharField("代码", max_length=40, primary_key=True)
    label = models.CharField("名称", max_length=60)
    issuer = models.CharField("认定部门", max_length=30)
    relayed_by = models.JSONField("可代报的部门", default=list, blank=True)
    clause = models.CharField("依据", max_length=200, blank=True)
    attributes = models.JSONField("可带属性", default=dict, blank=True)
    months = models.PositiveSmallIntegerField("有效月数", null=True, blank=True, help_text="空为长期有效")
    history = change_history("身份类别")

    class Meta:
        verbose_name = verbose_name_plural = "困难身份类别"

    def __str__(self) -> str:
        return self.label


class CategoryAlias(models.Model):
    """A name seen in lists, made alike, that means a category and perhaps some attributes or other categories too.

    "农村低保" means subsistence_allowance with residence rural; "脱贫人口低保对象" means exited_poverty also.
    """

    name = models.CharField("清单中的写法", max_length=100, unique=True)
    category = models.ForeignKey(
        Category, verbose_name="类别", on_delete=models.PROTECT, related_name="alias_rows"
    )
    attributes = models.JSONField("同时说明的属性", default=dict, blank=True)
    also = models.JSONField("同时说明的其他身份", default=list, blank=True)
    added_by = models.ForeignKey(
        "auth.User", verbose_name="登记人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    history = change_history("身份名称对照")

    class Meta:
        verbose_name = verbose_name_plural = "身份名称对照"

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"
