"""Answers that are papers."""

from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer


class PdfRenderer(BaseRenderer):
    """Sends a PDF as it is; a refusal is told as a problem, as everywhere."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None
    render_style = "binary"

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        """Return the bytes of the answer."""
        if isinstance(data, bytes):
            return data
        rendered = JSONRenderer().render(data)
        assert isinstance(rendered, bytes)
        return rendered
