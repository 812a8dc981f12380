"""Request bodies: JSON up to a size, without surprises."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

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
        request = (parser_context or {}).get("request")
        if request is not None and int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise RequestTooLarge
        try:
            parsed: dict[str, Any] = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON 嵌套过深") from None
        return parsed
