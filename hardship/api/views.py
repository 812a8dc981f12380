"""Which identities a person holds."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange.api.openapi import operation
from exchange.api.people import person_for
from exchange.api.permissions import HasAgencyScope
from exchange.api.problem_codes import PERSON
from hardship.api.serializers import IdentitySearch, IdentitySearchReply
from hardship.selectors.on_record import identities_on_record

ASKED = {"id_number": "230199196503010428", "on": "2025-03-31"}
ANSWERED = {
    "on": "2025-03-31",
    "known_at": None,
    "identities": [
        {
            "category": "subsistence_allowance",
            "label": "低保对象",
            "since": "2023-07-01",
            "valid_from": "2024-07-01",
            "valid_to": None,
            "authority": "civil_affairs",
            "attributes": {"residence": "rural"},
        }
    ],
}


class IdentitySearchView(APIView):
    """Answer which identities somebody held on a day; a search is a POST so that no number stands in a log."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["identities:read"]

    @operation(
        summary="查询困难身份",
        text="某人某日持有的困难身份。给出 known_at 则按当时的记录回答。不含各部门备注。权限范围：`identities:read`。",
        request=IdentitySearch,
        reply=IdentitySearchReply,
        codes=PERSON,
        examples={"农村低保对象": (ASKED, ANSWERED)},
    )
    def post(self, request: Request) -> Response:
        """Answer with the identities held, perhaps none."""
        body = IdentitySearch(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        resident_id = person_for(request, asked["id_number"], purpose="接口查询困难身份")
        held = identities_on_record(resident_id=resident_id, day=asked["on"], known_at=asked["known_at"])
        reply = {"on": asked["on"], "known_at": asked["known_at"], "identities": held}
        return Response(IdentitySearchReply(reply).data)
