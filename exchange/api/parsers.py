"""Request bodies: JSON, or a form with a file, up to a size and without surprises."""

import base64
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser
from rest_framework.request import Request

LARGEST_BODY = 10 * 1024 * 1024


class RequestTooLarge(APIException):
    """The body is larger than any call of ours can be: 413."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "request_too_large"
    default_detail = "请求内容超过 10 MB，请分批报送"


class BoundedJSONParser(JSONParser):
    """JSON of at most `LARGEST_BODY` bytes."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the data.

        :raises RequestTooLarge: by the length the client states; a server bounds what is sent beyond it
        :raises ParseError: also if it is nested so deep that Python gives up
        """
        _refuse_too_large((parser_context or {}).get("request"))
        try:
            parsed: dict[str, Any] = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON 嵌套过深") from None
        return parsed


class FileFormParser(MultiPartParser):
    """A form of at most `LARGEST_BODY` bytes, each field once; `as_in_json` says of it what the call says in JSON."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        """Return the fields and the files.

        :raises RequestTooLarge: as `BoundedJSONParser`, or if what is no file is too large
        :raises ParseError: if it is no form, has too many fields, or a field twice
        """
        _refuse_too_large((parser_context or {}).get("request"))
        try:
            form: DataAndFiles[Any, Any] = super().parse(stream, media_type, dict(parser_context or {}))
        except RequestDataTooBig:
            raise RequestTooLarge from None
        except SuspiciousOperation:
            raise ParseError("表单的栏目过多") from None
        given = [*form.data.lists(), *form.files.lists()]
        if len({name for name, _ in given}) < len(given) or any(len(values) > 1 for _, values in given):
            raise ParseError("表单中同一栏目出现多次")
        return form


def as_in_json(data: Any) -> Any:
    """Return a request's data as they would be said in JSON.

    A file of a form becomes its bytes as base64 under the field's name, and `file_name` what it is called unless that
    is said. So both ways are checked alike, and an idempotency key knows the request again whichever way it comes.
    """
    if not isinstance(data, QueryDict):
        return data
    said: dict[str, Any] = data.dict()
    for name, file in data.items():
        if isinstance(file, UploadedFile):
            file.seek(0)
            said[name] = base64.b64encode(file.read()).decode()
            said.setdefault("file_name", file.name)
    return said


def _refuse_too_large(request: Request | None) -> None:
    if request is not None and int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise RequestTooLarge
