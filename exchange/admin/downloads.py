"""Files that staff take away."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """Return a PDF to be opened, or saved as `name`.pdf."""
    disposition = content_disposition_header(as_attachment=False, filename=f"{name}.pdf")
    return HttpResponse(content, content_type=PDF, headers={"Content-Disposition": disposition})


def xlsx_answer(content: bytes, name: str) -> HttpResponse:
    """Return a workbook to be saved as `name`.xlsx."""
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}.xlsx")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": disposition})
