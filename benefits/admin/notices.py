"""Notices of settlements (结算告知书) as pages to read and print, and as PDF."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from benefits.admin.claim_rows import RowsOfClaims
from benefits.models import Claim
from benefits.rules.claim_notice import ClaimNotice
from benefits.services.print_notices import MOST_NOTICES, TooManyNotices, notices_for_staff, notices_pdf
from exchange.admin.downloads import pdf_answer


def notice_link(claim: Claim) -> SafeString:
    """Return a link to a claim's notice."""
    address = reverse("admin:benefits_claim_notice", args=[claim.pk])
    return format_html('<a class="oy-link" href="{}">查看</a>', address)


class PrintsNotices(RowsOfClaims):
    """The part of the claims' pages that prints notices; whoever sees a claim may print its notice."""

    actions = ("print_notices",)

    @action(description="告知书", icon="description", permissions=["view"])
    def notice(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the notice as a page."""
        (notice,) = self._notices(request, [self.visible(request, object_id)])
        return TemplateResponse(request, "print/claim_notice.html", {"notice": notice})

    @action(description="告知书 PDF", icon="picture_as_pdf", permissions=["view"])
    def notice_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the notice as PDF."""
        (notice,) = self._notices(request, [self.visible(request, object_id)])
        return pdf_answer(notices_pdf([notice]), f"结算告知书-{notice.number}")

    @admin.action(description="打印告知书（PDF）", permissions=["view"])
    def print_notices(self, request: HttpRequest, queryset: QuerySet[Claim]) -> HttpResponse:
        """Send the notices of the ticked claims as one PDF, in the order of the list."""
        try:
            notices = self._notices(request, list(queryset[: MOST_NOTICES + 1]))
        except TooManyNotices as refused:
            messages.error(request, refused.message)
            return redirect(request.get_full_path())
        return pdf_answer(notices_pdf(notices), f"结算告知书-{len(notices)}份")

    def _notices(self, request: HttpRequest, claims: list[Any]) -> list[ClaimNotice]:
        assert isinstance(request.user, User)
        return notices_for_staff(
            claims=[(claim.pk, claim.resident_id) for claim in claims], user=request.user
        )
