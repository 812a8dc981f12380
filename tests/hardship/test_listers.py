"""Who is behind a list, and what it speaks about."""

from hardship.rules.listers import lister_of

RURAL = {"exited_poverty", "unstable_exit"}


def test_a_list_is_its_agencys_and_a_register_speaks_for_one_category():
    assert (lister_of("civil_affairs").issuer, lister_of("civil_affairs").categories) == (
        "civil_affairs",
        None,
    )
    assert lister_of("poverty_exit").issuer == "rural_affairs"
    assert lister_of("poverty_exit").categories == {"exited_poverty"}
    assert lister_of("poverty_exit").about(RURAL) == {"exited_poverty"}
    assert lister_of("poverty_exit").never_ends == frozenset()


def test_the_monitoring_export_answers_for_exits_from_poverty_but_never_ends_one():
    export = lister_of("rural_affairs")

    assert export.about(RURAL) == RURAL
    assert export.never_ends == {"exited_poverty"}
