"""The lists of identities there are: what each is called, who reads it and its form."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from exchange.parsers.forms import Form
from hardship.parsers import (
    civil_affairs,
    disabled_federation,
    health_commission,
    poverty_exit,
    rural_affairs,
)
from hardship.parsers.listed import ParsedList
from hardship.parsers.rural_affairs_form import FORM as RURAL_FORM


class ReadsList(Protocol):
    """Reads a file into people and errors."""

    def __call__(self, content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
        """Return its rows as of the day `on`."""


@dataclass(frozen=True, slots=True)
class IdentityList:
    """A kind of list; `about` tells who uploads it what it is."""

    label: str
    read: ReadsList
    form: Form
    about: str


IDENTITY_LISTS: Mapping[str, IdentityList] = {
    "civil_affairs": IdentityList(
        "民政困难身份名单",
        civil_affairs.read_civil_affairs,
        civil_affairs.FORM,
        "特困、低保、低保边缘、孤儿等民政部门认定的身份，每月一份全量明细。",
    ),
    "rural_affairs": IdentityList(
        "农业农村困难身份名单",
        rural_affairs.read_rural_affairs,
        RURAL_FORM,
        "防返贫监测系统导出的个人信息表：脱贫人口和各类监测对象。全量报送只取消监测对象，"
        "不取消脱贫人口：脱贫人口的退出以脱贫人口名册为准。",
    ),
    "poverty_exit": IdentityList(
        "农业农村脱贫人口名册",
        poverty_exit.read_poverty_exit,
        poverty_exit.FORM,
        "按户编列的脱贫人口名册，只说明谁是脱贫人口，不涉及监测对象。",
    ),
    "disabled_federation": IdentityList(
        "残联困难身份名单",
        disabled_federation.read_disabled_federation,
        disabled_federation.FORM,
        "持证残疾人名单，其中一级、二级为重度残疾人。",
    ),
    "health_commission": IdentityList(
        "卫生健康计划生育特殊家庭名单",
        health_commission.read_health_commission,
        health_commission.FORM,
        "独生子女死亡、伤残家庭的父母。",
    ),
}
