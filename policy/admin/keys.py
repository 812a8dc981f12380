"""Addresses typed by hand: a key that no row can have is not found, before anything is asked of the row."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest
from django.urls import URLPattern

NO_SUCH_ROW = "没有这条记录，或不在您的管辖范围内。"


def can_be_key(model: type[models.Model], text: str) -> bool:
    """Return whether a row of `model` may have the key that stands in an address: `12`, not `x` or `1` with 30 zeros.

    :param text: as the address quotes it
    """
    field, said = model._meta.pk, unquote(text)
    assert field is not None
    try:
        field.run_validators(field.to_python(said))
    except ValidationError:
        return False
    return "\0" not in said


def only_with_keys(page: Any, pattern: URLPattern, *, is_action: bool) -> URLPattern:
    """Let a page's address be found only with a key a row can have: permissions and forms ask by it as it stands.

    Strangers are led to the log-in first, as on any address of the admin.

    :param page: the admin of the model
    :param is_action: found only where there is a row to act on; a page says by itself that there is none
    """
    view: Callable[..., Any] = pattern.callback

    def leads_on(key: str) -> bool:
        return can_be_key(page.model, key) and (not is_action or _is_there(page.model, key))

    @wraps(view)
    def keyed(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = kwargs.get("object_id")
        if key is not None and page.admin_site.has_permission(request) and not leads_on(key):
            raise Http404(NO_SUCH_ROW)
        return view(request, *args, **kwargs)

    pattern.callback = keyed
    return pattern


def _is_there(model: type[models.Model], text: str) -> bool:
    return model._default_manager.filter(pk=unquote(text)).exists()
