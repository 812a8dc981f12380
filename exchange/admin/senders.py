"""Whose an uploaded list is: the agencies to choose from, and what they agreed to send, for the page to propose."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from exchange.admin.list_kinds import kind_of, kinds
from exchange.models import Agency
from exchange.selectors import agency_covers, agreements_on
from registry.models import Area


class SenderSelect(UnfoldAdminSelectWidget):
    """Agencies, each saying in its option what kind it is and where it answers."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Tell the page's script for which lists the agency may be chosen."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        agency = getattr(value, "instance", None)
        if agency is not None:
            option["attrs"]["data-kind"] = agency.kind
            option["attrs"]["data-area"] = agency.area.path
        return option


def senders_for(areas: QuerySet[Area]) -> QuerySet[Agency]:
    """Return the agencies in service that send some kind of list and answer for one of the areas."""
    theirs = areas.filter(path__startswith=OuterRef("area__path"))
    sending = Agency.objects.filter(is_active=True, kind__in={each.sender for each in kinds() if each.sender})
    return sending.filter(Exists(theirs)).select_related("area").order_by("area__path", "name")


def agreed_for(areas: QuerySet[Area]) -> list[dict[str, object]]:
    """Return what was agreed about lists of the areas, as the page's script reads it."""
    agreed = agreements_on(timezone.localdate()).filter(area__in=areas)
    return [dict(each) for each in agreed.values("kind", "area", "mode", "agency")]


def checked_sender(agency: Agency | None, *, kind: str, area: Area | None) -> Agency | None:
    """Return whose the list is; nothing where the kind of list is nobody's.

    :raises forms.ValidationError: if the agency does not send such lists, or not for the area
    """
    known = kind_of(kind)
    if agency is None or known is None or not known.sender:
        return None
    if agency.kind != known.sender:
        raise forms.ValidationError(f"{agency.name}不报送“{known.label}”。")
    if area is not None and not agency_covers(agency, area):
        raise forms.ValidationError(f"{agency.name}不管{area.name}。")
    return agency
