"""The demo's log-ins: made by `manage.py demo`, printed by `make serve`, never made outside a demo."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One person at a bureau: a role for an area and all below it."""

    username: str
    password: str
    title: str
    role: str = ""  # of registry.StaffScope; none for the superuser
    area: str = ""


PASSWORD = "yibao-demo-2025"  # noqa: S105 - printed on purpose
DEMO_ACCOUNTS = (
    DemoAccount("admin", PASSWORD, "系统管理员，全部地区"),
    DemoAccount("harbin", PASSWORD, "哈尔滨市经办", role="clerk", area="230100"),
    DemoAccount("harbin-review", PASSWORD, "哈尔滨市复核", role="reviewer", area="230100"),
    DemoAccount("harbin-finance", PASSWORD, "哈尔滨市财政审签", role="finance", area="230100"),
    DemoAccount("wuchang", PASSWORD, "五常市经办", role="clerk", area="230184"),
    DemoAccount("tangshan", PASSWORD, "唐山市经办", role="clerk", area="130200"),
    DemoAccount("tangshan-review", PASSWORD, "唐山市复核", role="reviewer", area="130200"),
    DemoAccount("lubei", PASSWORD, "唐山市路北区经办", role="clerk", area="130203"),
    DemoAccount("audit", PASSWORD, "审计，河北省", role="auditor", area="130000"),
    DemoAccount("audit-hlj", PASSWORD, "审计，黑龙江省", role="auditor", area="230000"),
)


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """A partner and its API client, whose identifier is its code.

    :param due_day: of the month, by which its list is agreed to come; None = it sends none
    :param is_told: alerts are pushed to it while the demo runs
    """

    code: str
    name: str
    kind: str
    area: str
    due_day: int | None = None
    is_told: bool = False


DEMO_CLIENT_SECRET = "yibao-demo-client-2025"  # noqa: S105 - printed on purpose
DEMO_AGENCIES = (
    DemoAgency("harbin-civil-affairs", "哈尔滨市民政局", "civil_affairs", "230100", due_day=25, is_told=True),
    DemoAgency(
        "harbin-rural-affairs", "哈尔滨市农业农村局", "rural_affairs", "230100", due_day=25, is_told=True
    ),
    DemoAgency("harbin-disabled", "哈尔滨市残联", "disabled_federation", "230100", due_day=25),
    DemoAgency("harbin-health", "哈尔滨市卫生健康委", "health_commission", "230100"),
    DemoAgency("harbin-tax", "国家税务总局哈尔滨市税务局", "tax_authority", "230100"),
    DemoAgency("harbin-finance", "哈尔滨市财政局", "finance", "230100"),
    DemoAgency("harbin-hospital", "演示医科大学附属医院", "hospital", "230100"),
    DemoAgency("wuchang-civil-affairs", "五常市民政局", "civil_affairs", "230184", due_day=25),
)
