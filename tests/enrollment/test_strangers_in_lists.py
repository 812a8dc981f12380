"""A list speaks of the people of its area by the names they have; it takes nobody else's record over."""

import datetime

import pytest

from enrollment.models import ContributionPeriod
from enrollment.selectors.insured import basic_insured_years
from enrollment.services.lists import HISTORY, INSURED_ELSEWHERE, RESIDENTS, FileSource, apply_list, plan_list
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from registry.models import InsuredSpell, Resident
from registry.services import Move, PlaceKind, change_name, move
from registry.services.insured_spells import end_insured_spell
from tests.enrollment.factories import InsuredFactory
from tests.enrollment.test_lists import PAST, REGISTER, registered
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    UserFactory,
    daoli,
    harbin,
    identity_number,
    shangzhi,
    tangshan,
)

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
NUMBER = identity_number(21)
VERIFIED = ["姓名", "身份证号", "居民医保所属区划", "是否参保职工", "是否参保居民", "参保年度(居民)"]


def file(columns, *rows, area=None):
    return FileSource(
        content=write_xlsx(columns, rows),
        file_name="名单.xlsx",
        area=area or shangzhi(),
        as_of=DAY(2024, 12, 1),
    )


def taken(kind, source):
    """Import a list; return what its rows became."""
    apply_list(kind=kind, batch=plan_list(kind=kind, source=source))
    return list(InboundRow.objects.order_by("pk").values_list("outcome", "code", "field"))


def told():
    return InboundRow.objects.get().message


@pytest.fixture
def stranger():
    daoli()
    area = tangshan()
    return ResidentFactory(number=NUMBER, living_area=area, pooling_area=area, hukou_area=area)


class TestRegisters:
    def test_nobody_of_another_area_is_taken_over(self, stranger):
        before = Resident.history.count()

        found = taken(RESIDENTS, file(REGISTER, registered(NUMBER, name="赵铁柱", living="230183")))

        stranger.refresh_from_db()
        assert found == [("conflict", "outside_area", "居住地区划")]
        assert told() == (
            "登记居住在唐山市“唐山市”，不在尚志市；确已迁来的，请管辖两地的上级在一人一档办理“迁移”后再导入"
        )
        assert stranger.name not in told()
        assert (stranger.name, stranger.living_area) == ("王桂兰", tangshan())
        assert Resident.history.count() == before

    def test_a_name_that_differs_is_a_conflict_and_dots_and_spaces_are_no_difference(self):
        daoli()
        living = shangzhi()
        person = ResidentFactory(number=NUMBER, name="阿依·古丽", living_area=living)

        other = file(REGISTER, registered(NUMBER, name="赵铁柱", living="230183"))
        assert taken(RESIDENTS, other) == [("conflict", "name_differs", "姓名")]
        assert told() == "登记姓名为“阿依·古丽”，与清单不符；确已改名的，先在一人一档“更改姓名”"
        same = file(REGISTER, registered(NUMBER, name="阿依 古丽", living="230183"))
        assert taken(RESIDENTS, same)[1][0] == "changed"
        person.refresh_from_db()
        assert person.relation_to_head == "子女"

    def test_a_character_lost_on_the_way_makes_nobody_another_and_is_not_taken_over(self):
        daoli()
        person = ResidentFactory(number=NUMBER, name="𠮷桂兰", living_area=shangzhi())

        same = file(REGISTER, registered(NUMBER, name="?桂兰", living="230183"))
        assert taken(RESIDENTS, same)[0][0] == "changed"
        person.refresh_from_db()
        assert (person.name, person.relation_to_head) == ("𠮷桂兰", "子女")
        assert "姓名" not in told()
        other = file(REGISTER, registered(NUMBER, name="?铁柱", living="230183"))
        assert taken(RESIDENTS, other)[1] == ("conflict", "name_differs", "姓名")

    def test_nobody_is_registered_or_moved_outside_the_area_of_the_list(self):
        shangzhi()
        person = ResidentFactory(number=identity_number(1), living_area=daoli())

        found = taken(
            RESIDENTS,
            file(
                REGISTER,
                registered(NUMBER, living="230183"),
                registered(identity_number(1), name="王桂兰", living="230183"),
                area=daoli(),
            ),
        )

        assert found == [("conflict", "outside_area", "居住地区划")] * 2
        assert Resident.objects.get() == person

    def test_who_was_renamed_or_moved_away_after_the_plan_is_left_as_they_are(self):
        daoli(), shangzhi()
        renamed, gone = [ResidentFactory(number=identity_number(n), living_area=shangzhi()) for n in (1, 2)]
        rows = [registered(identity_number(n), name="王桂兰", living="230183") for n in (1, 2)]
        planned = plan_list(kind=RESIDENTS, source=file(REGISTER, *rows))
        assert planned.counts == {"changed": 2}
        user = UserFactory()
        change_name(resident=renamed, name="王桂芝", reason="改名", user=user)
        to = Move(PlaceKind.LIVING, tangshan(), DAY(2024, 12, 1), "居住证")
        move(resident=gone, to=to, reason="迁居", user=user)

        applied = apply_list(kind=RESIDENTS, batch=planned)

        assert applied.counts == {"conflict": 2}
        codes = InboundRow.objects.order_by("number").values_list("code", flat=True)
        assert list(codes) == ["name_differs", "outside_area"]
        renamed.refresh_from_db(), gone.refresh_from_db()
        assert (renamed.name, gone.living_area) == ("王桂芝", tangshan())


class TestOtherLists:
    def test_cover_elsewhere_of_people_of_another_area_stays(self, stranger):
        InsuredSpellFactory(resident=stranger, starts_on=DAY(2023, 1, 1), ends_on=None)
        line = ["王桂兰", NUMBER, "230183", "否", "是", "2025"]

        assert taken(INSURED_ELSEWHERE, file(VERIFIED, line)) == [("conflict", "outside_area", "证件号码")]
        assert InsuredSpell.objects.get().ends_on is None

    def test_past_years_are_of_people_of_the_area(self, stranger):
        ResidentFactory(number=identity_number(1), living_area=shangzhi())
        paid = ["2023-11-01", "380", "390"]

        found = taken(
            HISTORY,
            file(
                ["姓名", *PAST],
                ["王桂兰", NUMBER, "2024", "130200", *paid],
                ["赵铁柱", identity_number(1), "2024", "230100", *paid],
                ["王桂兰", identity_number(1), "2024", "230100", *paid],
                ["王桂兰", identity_number(1), "2022", "130200", "", "", "310"],
            ),
        )

        assert found == [
            ("conflict", "outside_area", "证件号码"),
            ("conflict", "name_differs", "姓名"),
            ("new", "", ""),
            ("new", "", ""),
        ]
        year = ContributionPeriod.objects.get()
        assert (year.coverage_year, year.enrollment.pooling_area) == (2024, harbin())

    def test_a_resident_year_of_another_fund_is_cover_elsewhere(self):
        tangshan(), harbin()
        person = ResidentFactory(number=identity_number(1), living_area=shangzhi())
        paid = ["2022-11-01", "380", "390"]
        line = ["王桂兰", identity_number(1), "2023", "130200", *paid]
        ours = ["王桂兰", identity_number(1), "2023", "230100", *paid]

        assert taken(HISTORY, file(["姓名", *PAST], line, ours)) == [
            ("new", "", ""),
            ("conflict", "year_conflict", ""),
        ]

        spell = InsuredSpell.objects.get()
        assert (spell.resident, spell.scheme, spell.area_code) == (
            person,
            "resident_scheme_elsewhere",
            "130200",
        )
        assert (spell.starts_on, spell.ends_on) == (DAY(2023, 1, 1), DAY(2024, 1, 1))
        assert InboundRow.objects.get(number=2).message == "外地居民医保，记入“他处参保”"
        assert not ContributionPeriod.objects.exists()
        assert basic_insured_years(resident_ids=[person.pk], until=DAY(2025, 1, 1))[person.pk] == {2023}
        again = file(["姓名", *PAST], [*line[:-2], "380.00", "390"])
        assert taken(HISTORY, again)[2:] == [("unchanged", "", "")]

    def test_a_year_here_leaves_no_room_for_the_same_year_elsewhere(self):
        tangshan(), harbin()
        person = ResidentFactory(number=identity_number(1), living_area=shangzhi())
        InsuredFactory(resident=person, year=2024)
        line = ["王桂兰", identity_number(1), "2024", "130200", "2023-11-01", "380", "390"]

        assert taken(HISTORY, file(["姓名", *PAST], line)) == [("conflict", "year_conflict", "")]
        assert not InsuredSpell.objects.exists()


class TestSinceThePlan:
    """Who was renamed, moved away or covered otherwise between plan and confirmation is left as they are."""

    @pytest.fixture
    def people(self):
        daoli(), harbin()
        return [ResidentFactory(number=identity_number(n), living_area=shangzhi()) for n in range(1, 5)]

    def changed(self, people):
        """Rename the first, move the second away, cover the third; leave the fourth alone."""
        renamed, gone, covered, _ = people
        change_name(resident=renamed, name="王桂芝", reason="改名", user=UserFactory())
        to = Move(PlaceKind.LIVING, tangshan(), DAY(2024, 12, 1), "居住证")
        move(resident=gone, to=to, reason="迁居", user=UserFactory())
        InsuredSpellFactory(resident=covered, starts_on=DAY(2024, 3, 1), ends_on=None)

    def test_cover_elsewhere_is_held_against_people_again(self, people):
        rows = [["王桂兰", identity_number(n), "", "是", "", ""] for n in range(1, 5)]
        planned = plan_list(kind=INSURED_ELSEWHERE, source=file(VERIFIED, *rows))
        assert planned.counts == {"new": 4}
        self.changed(people)

        applied = apply_list(kind=INSURED_ELSEWHERE, batch=planned)

        assert applied.counts == {"conflict": 2, "new": 1, "refused": 1}
        assert list(InboundRow.objects.order_by("number").values_list("code", flat=True)) == [
            "name_differs",
            "outside_area",
            "changed_since",
            "",
        ]
        assert {each.resident for each in InsuredSpell.objects.all()} == {people[2], people[3]}

    def test_cover_that_ended_meanwhile_is_not_ended_again(self, people):
        spell = InsuredSpellFactory(resident=people[3], starts_on=DAY(2023, 1, 1), ends_on=None)
        row = ["王桂兰", identity_number(4), "", "否", "", ""]
        planned = plan_list(kind=INSURED_ELSEWHERE, source=file(VERIFIED, row))
        assert planned.counts == {"changed": 1}
        end_insured_spell(resident=people[3], last_day=DAY(2024, 6, 30))

        assert apply_list(kind=INSURED_ELSEWHERE, batch=planned).counts == {"conflict": 1}
        spell.refresh_from_db()
        assert spell.ends_on == DAY(2024, 7, 1)

    def test_past_years_are_held_against_people_again(self, people):
        head = ["姓名", *PAST]
        rows = [
            [
                "王桂兰",
                identity_number(n),
                "2024",
                "230100",
                *(["", "", "310"] if n == 3 else ["2023-11-01", "380", "390"]),
            ]
            for n in range(1, 5)
        ]
        planned = plan_list(kind=HISTORY, source=file(head, *rows))
        assert planned.counts == {"new": 4}
        self.changed(people)

        applied = apply_list(kind=HISTORY, batch=planned)

        assert applied.counts == {"conflict": 3, "new": 1}
        codes = list(InboundRow.objects.order_by("number").values_list("code", flat=True))
        assert codes == ["name_differs", "outside_area", "changed_since", ""]
        assert ContributionPeriod.objects.get().resident == people[3]
        assert InsuredSpell.objects.get().source == ""


def test_nobody_new_is_registered_by_a_name_of_which_a_character_was_lost():
    shangzhi()
    known = ResidentFactory(number=identity_number(1), name="𠮷飞")
    told_of = {1: "?飞", 2: "?飞", 3: "□小明", 4: "𠮷小明"}
    rows = [registered(identity_number(serial), name=name) for serial, name in told_of.items()]

    found = taken(RESIDENTS, file(REGISTER, *rows, area=harbin()))

    garbled = ("conflict", "name_garbled", "姓名")
    assert found == [("changed", "", ""), garbled, garbled, ("new", "", "")]
    assert "按证件补全姓名" in InboundRow.objects.get(number=3).message
    known.refresh_from_db()
    assert (known.name, Resident.objects.exclude(pk=known.pk).get().name) == ("𠮷飞", "𠮷小明")
