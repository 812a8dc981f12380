"""Who is behind a list, and what it speaks about."""

from hardship.rules.listers import lister_of


def test_a_list_is_its_agencys_and_a_register_speaks_for_one_category():
    assert (lister_of("civil_affairs").issuer, lister_of("civil_affairs").categories) == (
        "civil_affairs",
        None,
    )
    assert lister_of("poverty_exit").issuer == "rural_affairs"
    assert lister_of("poverty_exit").categories == {"exited_poverty"}
