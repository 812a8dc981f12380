"""Random lists, registrations, answers and retries: after a list is taken back, all is as if it had never come."""

import os
import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from casework.models import Case
from exchange.models import InboundBatch, InboundRow, RowResolution
from hardship.models import Recognition
from hardship.services.lists import (
    ListCannotBeUndone,
    ListOutOfDate,
    apply_held,
    apply_list,
    decisions_for,
    map_identity_name,
    resolve_row,
    undo_list,
)
from hardship.services.load_categories import load_categories
from tests.hardship.lists import civil, day, number, plan, reviewer
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, shangzhi

pytestmark = [pytest.mark.django_db, pytest.mark.raw_writes("each world is rolled back with its history")]
DAYS = [day(f"2025-{month:02}-28") for month in range(1, 6)]
NAMES = ("低保", "特困人员", "新名称", "无名称")
PEOPLE = 4
SEEDS = range(int(os.environ.get("UNDO_FROM", "0")), int(os.environ.get("UNDO_TO", "12")))


@dataclass
class World:
    """What happened: the lists by their place in the story, and who is registered."""

    people: dict[int, Any] = field(default_factory=dict)
    lists: dict[int, InboundBatch] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def register(self, serial):
        if serial not in self.people:
            lives, hukou = [(daoli, daoli), (daoli, shangzhi), (harbin, harbin), (shangzhi, daoli)][serial]
            self.people[serial] = ResidentFactory(
                number=number(serial), name=f"人{serial}", living_area=lives(), hukou_area=hukou()
            )

    def list(self, place, area, as_of, mode, rows):
        content = civil(*((who, name, "、".join(said)) for who, name, said in rows))
        try:
            with transaction.atomic():
                batch = plan(content, area=area(), as_of=as_of, mode=mode, file_name=f"{place}.xlsx")
                self.lists[place] = apply_list(batch=batch)
        except ListOutOfDate:
            self.refused.add(place)

    def map(self):
        map_identity_name(name="新名称", category="orphan", reason="来函", user=reviewer())

    def retry(self, place):
        if place in self.lists:
            apply_held(batch=self.lists[place])

    def keep(self, place, serial):
        rows = self._open(place) if place in self.lists else InboundRow.objects.none()
        for row in rows.filter(key=bytes(self.people[serial].id_index)):
            if "keep" in decisions_for(row):
                resolve_row(row=row, decision="keep", reason="已核对", user=UserFactory())

    def take_back(self, place):
        asked, agreed = UserFactory.create_batch(2)
        undo_list(batch=self.lists.pop(place), reason="报错", user=asked, second_user=agreed)

    def _open(self, place):
        rows = InboundRow.objects.filter(batch=self.lists[place], outcome__in=["held", "conflict"])
        return rows.select_related("batch__area").order_by("number", "pk")

    def state(self):
        """Return person → recognitions, and person → the lists with rows that wait about them."""
        held, waiting = defaultdict(list), defaultdict(set)
        serials = {person.pk: serial for serial, person in self.people.items()}
        for each in Recognition.objects.order_by("category_id", "valid_from"):
            held[serials[each.resident_id]].append((each.category_id, each.valid_from, each.valid_to))
        keys = {bytes(person.id_index): serial for serial, person in self.people.items()}
        for place in self.lists:
            for row in self._open(place):
                waiting[keys[bytes(row.key)]].add((place, row.code))
        return held, waiting

    def asked(self):
        """Return the names about which cases ask, each of a list that is there."""
        asking = Case.objects.filter(kind="unknown_identity_name", state="open")
        assert {case.detail["batch"] for case in asking} <= {batch.pk for batch in self.lists.values()}
        return {case.detail["name"] for case in asking}

    def decided_on(self):
        keys = {bytes(person.id_index): serial for serial, person in self.people.items()}
        return {keys[bytes(key)] for key in RowResolution.objects.values_list("row__key", flat=True)}


def story_of(seed):
    """Return what happens, in order; people and lists by number."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
    story = [("register", 0), ("register", 1)]
    for place in range(chance.randint(2, 5)):
        rows = [
            (
                who,
                chance.choice([f"人{who}"] * 5 + [f"小{who}"]),
                chance.sample(NAMES, chance.choice([1, 1, 2])),
            )
            for who in chance.sample(range(PEOPLE), chance.randint(1, 3))
        ]
        area = chance.choice([harbin, harbin, harbin, daoli, shangzhi])
        mode = chance.choice(["full", "full", "supplementary"])
        story.append(("list", place, area, chance.choice(DAYS), mode, rows))
        for _ in range(chance.randint(0, 2)):
            what = chance.choice(["register", "retry", "retry", "keep"])
            if what == "register":
                story.append((what, chance.randrange(PEOPLE)))
            elif what == "retry":
                story.append((what, chance.randint(0, place)))
            else:
                story.append((what, chance.randint(0, place), chance.randrange(2)))
    story.insert(chance.randint(3, len(story)), ("map",))
    return story


def played(story, *, without, taking_back=None):
    """Return the world at the end of a story, after somebody has registered all and had all rows tried again."""
    world = World()
    for what, *how in story:
        if not (
            what in {"list", "retry", "keep"}
            and (how[0] in without or how[0] not in {*world.lists, *([how[0]] if what == "list" else [])})
        ):
            getattr(world, what)(*how)
    if taking_back is not None:
        world.take_back(taking_back)
    for serial in range(PEOPLE):
        world.register(serial)
    for _ in range(2):
        for place in sorted(world.lists, key=lambda each: (world.lists[each].as_of, each)):
            world.retry(place)
    return world


def told(story, **how):
    """Return what there is at the end of a story, which is rolled back then."""
    with transaction.atomic():
        world = played(story, **how)
        found = (*world.state(), world.asked(), world.decided_on(), world.refused, sorted(world.lists))
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_list_taken_back_is_as_if_it_had_never_come(seed, settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)
    load_categories()
    story = story_of(seed)
    *_, refused, lists = told(story, without=set())
    taken_back = 0
    for place in lists:
        try:
            held, waiting, asked, decided, *_ = told(story, without=refused, taking_back=place)
        except ListCannotBeUndone:
            continue
        taken_back += 1
        never_held, never_waiting, never_asked, *_ = told(story, without={*refused, place})
        assert asked == never_asked, (place, story)
        for serial in set(range(PEOPLE)) - decided:
            if not any(code == "list_undone" for _, code in waiting[serial]):
                found = (held[serial], waiting[serial])
                assert found == (never_held[serial], never_waiting[serial]), (place, serial, story)
    assert taken_back <= len(lists)
