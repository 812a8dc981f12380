"""The admin's dress: names, colours, the sidebar by daily work. Pages belong to the apps."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.text import format_lazy


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    def allowed(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    return allowed


def _page(title: str, icon: str, model: str, filtered: str = "") -> dict[str, Any]:
    app, _, name = model.partition(".")
    address = reverse_lazy(f"admin:{app}_{name}_changelist")
    return {
        "title": title,
        "icon": icon,
        "link": format_lazy("{}?{}", address, filtered) if filtered else address,
        "permission": _may(f"{app}.view_{name}"),
    }


def _style(_request: HttpRequest) -> str:
    return static("openyibao/admin.css")


def _icon(_request: HttpRequest) -> str:
    return static("openyibao.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "开医保 openYibao",
    "SITE_HEADER": "开医保",
    "SITE_SUBHEADER": "城乡居民医保业务管理",
    "SITE_URL": None,
    "SITE_SYMBOL": "health_and_safety",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _icon}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "registry.admin.dashboard.environment",
    "DASHBOARD_CALLBACK": "registry.admin.dashboard.first_page",
    "STYLES": [_style],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .014 220)",
            "100": "oklch(94.0% .030 220)",
            "200": "oklch(89.0% .058 220)",
            "300": "oklch(81.0% .090 222)",
            "400": "oklch(70.0% .118 226)",
            "500": "oklch(60.0% .122 232)",
            "600": "oklch(51.0% .118 238)",
            "700": "oklch(44.0% .104 240)",
            "800": "oklch(38.0% .086 240)",
            "900": "oklch(33.0% .068 240)",
            "950": "oklch(25.0% .050 240)",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {"items": [{"title": "首页", "icon": "home", "link": reverse_lazy("admin:index")}]},
            {
                "title": "办理",
                "items": [
                    _page("工单", "task_alt", "casework.case"),
                    _page("参保人", "person_search", "registry.resident"),
                    _page("家庭户", "family_restroom", "registry.household"),
                    _page("清单导入", "upload_file", "exchange.inboundbatch"),
                    _page("导入明细", "list_alt", "exchange.inboundrow"),
                ],
            },
            {
                "title": "困难身份与资助",
                "items": [
                    _page("身份认定", "diversity_1", "hardship.recognition"),
                    _page("参保资助", "volunteer_activism", "hardship.assistancegrant"),
                    _page("第三方资金扶持", "handshake", "hardship.thirdpartysupport"),
                    _page("身份类别", "category", "hardship.category"),
                    _page("身份名称对照", "swap_horiz", "hardship.categoryalias"),
                ],
            },
            {
                "title": "参保缴费",
                "items": [
                    _page("年度集中开单", "playlist_add_check", "enrollment.billingrun"),
                    _page("参保登记", "how_to_reg", "enrollment.enrollment"),
                    _page("缴费核定", "calculate", "enrollment.contributionperiod"),
                    _page("缴费流水", "payments", "enrollment.payment"),
                    _page("待处理缴费", "pending_actions", "enrollment.payment", "state__exact=held"),
                    _page("家庭共济缴费", "family_restroom", "enrollment.familypayer"),
                    _page("应退应补", "currency_exchange", "enrollment.balance"),
                    _page("财政补助分担", "account_balance", "enrollment.subsidyshare"),
                    _page("已收回的补助分担", "undo", "enrollment.formershare"),
                    _page("财政补助申请", "request_quote", "enrollment.subsidyapplication"),
                    _page("财政补助到账", "savings", "enrollment.fundtransfer"),
                    _page("资助参保结算", "account_balance_wallet", "enrollment.assistancesettlement"),
                    _page("资助结算付款", "paid", "enrollment.settlementpayment"),
                    _page("他处参保", "compare_arrows", "registry.insuredspell"),
                    {
                        "title": "参保率",
                        "icon": "monitoring",
                        "link": reverse_lazy("participation"),
                        "permission": _may("enrollment.view_uninsuredreason"),
                    },
                    {
                        "title": "参保动员名单",
                        "icon": "record_voice_over",
                        "link": reverse_lazy("outreach"),
                        "permission": _may("enrollment.view_uninsuredreason"),
                    },
                    _page("未参保原因", "person_off", "enrollment.uninsuredreason"),
                    _page("动员联系", "call", "enrollment.contact"),
                    _page("人费核对", "balance", "oversight.reconciliation"),
                    _page("人费差异", "difference", "oversight.difference"),
                    _page("税务汇总", "functions", "oversight.taxtotal"),
                ],
            },
            {
                "title": "待遇结算",
                "items": [
                    _page("零星报销", "edit_note", "benefits.manualclaim"),
                    _page("费用结算", "receipt_long", "benefits.claim"),
                    _page("年度累计", "stacked_bar_chart", "benefits.accumulator"),
                    _page("补付追回", "currency_exchange", "benefits.payoutadjustment"),
                    _page("高额费用预警", "notification_important", "benefits.alert"),
                    {
                        "title": "预警统计",
                        "icon": "bar_chart",
                        "link": reverse_lazy("alert-statistics"),
                        "permission": _may("benefits.view_alert"),
                    },
                    {
                        "title": "支付比例与基金运行",
                        "icon": "finance_mode",
                        "link": reverse_lazy("in-policy"),
                        "permission": _may("benefits.view_claim"),
                    },
                    _page("年终激励核算", "military_tech", "benefits.incentiverun"),
                    _page("激励状态更正", "history_edu", "benefits.incentiverevision"),
                    _page("定点医疗机构", "local_hospital", "benefits.facility"),
                ],
            },
            {
                "title": "政策",
                "items": [
                    _page("政策版本", "gavel", "policy.policyversion"),
                    _page("地区", "map", "registry.area"),
                    _page("学校", "school", "registry.school"),
                    _page("财政分类", "tune", "registry.areafiscalclass"),
                ],
            },
            {
                "title": "外部门与任务",
                "items": [
                    _page("外部门", "apartment", "exchange.agency"),
                    _page("名单报送约定", "handshake", "exchange.listagreement"),
                    _page("名单报送情况", "event_available", "exchange.expectedlist"),
                    _page("推送地址", "webhook", "exchange.webhookendpoint"),
                    _page("外发事件", "outbox", "exchange.outboundevent"),
                    _page("推送", "send", "exchange.delivery"),
                    _page("后台任务", "pending_actions", "exchange.job"),
                    _page("定时任务", "schedule", "django_celery_beat.periodictask"),
                    _page("任务结果", "fact_check", "django_celery_results.taskresult"),
                ],
            },
            {
                "title": "系统与审计",
                "collapsible": True,
                "items": [
                    {
                        "title": "变更查询",
                        "icon": "manage_search",
                        "link": reverse_lazy("changes"),
                        "permission": _may("registry.view_resident"),
                    },
                    _page("工作人员", "badge", "auth.user"),
                    _page("管辖范围", "share_location", "registry.staffscope"),
                    _page("证件号码查看记录", "visibility", "registry.accesslog"),
                    _page("接入应用", "key", "oauth2_provider.application"),
                    _page("登录失败", "lock", "axes.accessattempt"),
                    _page("登录记录", "login", "axes.accesslog"),
                    _page("动态口令设备", "phonelink_lock", "otp_totp.totpdevice"),
                    _page("备用验证码", "password", "otp_static.staticdevice"),
                ],
            },
        ],
    },
}
