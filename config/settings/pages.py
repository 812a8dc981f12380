"""How the admin presents itself."""

from django.templatetags.static import static

UNFOLD = {
    "SITE_TITLE": "openYibao",
    "SITE_HEADER": "城乡居民医保业务管理",
    "SITE_SYMBOL": "health_and_safety",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("openyibao.svg")},
    ],
    "SHOW_HISTORY": True,
}
