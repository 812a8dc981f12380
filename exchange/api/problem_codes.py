"""Codes by which any call may be refused, and what they mean; each call adds its own."""

ANY_CALL = {
    "not_authenticated": "401，没有令牌，或令牌已过期、已撤销",
    "permission_denied": "403，令牌没有该接口的权限范围",
    "agency_not_bound": "403，客户端未绑定启用的部门",
    "invalid": "400，栏目有误，逐栏见 errors",
    "not_found": "404，地址或对象不存在，或翻页游标无效",
    "method_not_allowed": "405，不支持该方法",
    "not_acceptable": "406，只提供 application/json",
    "throttled": "429，请求过于频繁，按 Retry-After 等待",
}
WITH_BODY = {
    "parse_error": "400，请求内容不是有效的 JSON 或表单",
    "request_too_large": "413，请求内容超过 10 MB",
    "unsupported_media_type": "415，请求内容须为 application/json",
}
ANY_WRITE = {
    "idempotency_key_reused": "422，同一幂等键已用于另一请求",
}
PERSON = {
    "resident_not_found": "404，本部门地区范围内没有该证件号码的参保人",
}
POLICY = {
    "policy_not_found": "409，该地区没有已生效的该年度政策",
    "rule_not_published": "409，已生效的文件没有规定此事",
}
AREA = {
    "area_outside_scope": "403，不在该部门的地区范围内",
}
