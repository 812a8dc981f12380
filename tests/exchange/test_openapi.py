"""Partners read Chinese in the OpenAPI document, and refusals have their own media type."""

import re

from drf_spectacular.generators import SchemaGenerator

from exchange.api.openapi import only_chinese


def test_the_document_describes_operations_and_schemas_in_chinese_or_not_at_all():
    document = SchemaGenerator().get_schema(public=True)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    described = [*operations, *document["components"]["schemas"].values()]
    texts = [each["description"] for each in described if "description" in each]

    assert texts
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in texts)
    events = document["paths"]["/api/v1/events/"]["get"]
    assert list(events["responses"]["4XX"]["content"]) == ["application/problem+json"]
    assert events["security"] == [{"oauth2": ["events:read"]}]


def test_a_document_without_components_passes():
    assert only_chinese({"paths": {"/": {"get": {"description": "english"}, "parameters": []}}}) == {
        "paths": {"/": {"get": {}, "parameters": []}}
    }
