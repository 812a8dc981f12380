"""The policy officer's guide names every key that a policy file may hold."""

import types
import typing
from pathlib import Path

from policy.cited import Section, Unit
from policy.schema.document import PolicyDocument

GUIDE = (Path(__file__).parents[2] / "docs/policy-guide.md").read_text(encoding="utf-8")


def sections_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return {annotation}
    return set().union(*(sections_in(part) for part in typing.get_args(annotation)))


def all_sections(section, found):
    found.add(section)
    for field in section.model_fields.values():
        for part in sections_in(field.annotation) - found:
            all_sections(part, found)
    return found


def test_guide_names_every_key():
    keys = {name for section in all_sections(PolicyDocument, set()) for name in section.model_fields}

    assert sorted(key for key in keys if key not in GUIDE) == []


def test_guide_names_every_unit():
    assert [unit for unit in typing.get_args(Unit) if unit != "as_set" and f"`{unit}`" not in GUIDE] == []


def choices_in(annotation):
    if typing.get_origin(annotation) is typing.Literal:
        return {choice for choice in typing.get_args(annotation) if isinstance(choice, str)}
    if isinstance(annotation, type) and hasattr(annotation, "__members__"):
        return {str(member.value) for member in annotation}
    if isinstance(annotation, types.GenericAlias) or typing.get_args(annotation):
        return set().union(*(choices_in(part) for part in typing.get_args(annotation)))
    if (
        isinstance(annotation, type)
        and hasattr(annotation, "model_fields")
        and not issubclass(annotation, Section)
    ):
        return set().union(
            set(), *(choices_in(field.annotation) for field in annotation.model_fields.values())
        )
    return set()


def test_guide_names_every_choice():
    choices = {
        choice
        for section in all_sections(PolicyDocument, set())
        for field in section.model_fields.values()
        for choice in choices_in(field.annotation)
    } - set(typing.get_args(Unit))

    assert len(choices) > 30
    assert sorted(choice for choice in choices if choice not in GUIDE) == []
