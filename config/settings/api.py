"""The API's conventions: OAuth2, cursor pages, problems, OpenAPI."""

import environ

_env = environ.Env()

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oauth2_provider.contrib.rest_framework.OAuth2Authentication"],
    "DEFAULT_PERMISSION_CLASSES": ["oauth2_provider.contrib.rest_framework.TokenHasScope"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["exchange.api.parsers.BoundedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["exchange.api.throttling.AgencyRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"agency": _env.str("API_RATE", default="600/min")},
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "COERCE_DECIMAL_TO_STRING": True,
    "EXCEPTION_HANDLER": "exchange.api.problems.problem_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "PAGE_SIZE": 100,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "openYibao",
    "DESCRIPTION": "城乡居民基本医疗保险业务接口",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "exchange.api.openapi.only_chinese",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PaymentKind": "enrollment.models.PaymentKind",
        "ClaimKind": "benefits.models.ClaimKind",
        "RowOutcome": "exchange.models.RowOutcome",
        "BatchStatus": "exchange.models.BatchStatus",
        "ExpectedState": "exchange.models.ExpectedState",
        "AlertOutcome": "benefits.models.alert.Outcome",
        "AlertState": "benefits.models.AlertState",
        "ClaimState": "benefits.models.ClaimState",
        "PlaceKind": "registry.services.PlaceKind",
        "WarningKind": ["warn", "confirm", "refuse"],
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "OAUTH2_FLOWS": ["clientCredentials"],
    "OAUTH2_TOKEN_URL": "/o/token/",
}

OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "SCOPES": {
        "quote": "试算应缴与待遇开始日",
        "entitlement": "查询某日待遇资格",
        "identities:read": "查询困难身份",
        "identities:write": "报送困难身份",
        "enrollments:write": "参保登记、新生儿补登身份证号、变更居住地户籍地学校",
        "insured_elsewhere:write": "报送他处参保",
        "payments:write": "报送缴费",
        "refunds:write": "申请退费",
        "tax_totals:write": "报送税务汇总，查询与流水不符的",
        "claims:write": "报送结算",
        "alerts:read": "接收预警",
        "alerts:write": "反馈预警核查结果",
        "events:read": "查询并签收事件",
        "statistics:read": "查询政策范围内支付比例（不含个人信息）",
    },
}
