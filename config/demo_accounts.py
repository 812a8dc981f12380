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
    DemoAccount("tangshan", PASSWORD, "唐山市经办", role="clerk", area="130200"),
    DemoAccount("tangshan-review", PASSWORD, "唐山市复核", role="reviewer", area="130200"),
    DemoAccount("lubei", PASSWORD, "唐山市路北区经办", role="clerk", area="130203"),
    DemoAccount("audit", PASSWORD, "审计，河北省", role="auditor", area="130000"),
)
