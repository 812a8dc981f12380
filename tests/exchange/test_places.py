"""Places in files as staff find them again."""

from exchange.rules.places import row_place


def test_a_place_names_the_sheet_where_there_is_one():
    assert row_place(12, "道里区") == "工作表“道里区”第12行"
    assert row_place(3) == "第3行"
