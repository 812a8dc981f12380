"""A random sample of every chunk, quoted one by one: whoever a group stands for gets what the rules give them."""

from enrollment.batch.billing import sample_of
from enrollment.services.billing.groups import Groups
from enrollment.services.quote import Ask, load_facts

SAMPLE = 20


class GroupDisagrees(Exception):
    """Somebody would not get what the rules give them; the chunk must not commit."""


def check_sample(groups: Groups, *, size: int = SAMPLE) -> int:
    """Compare the quotes of random people of the chunk with those of their groups; return how many there were.

    :raises GroupDisagrees: naming the first person that differs
    """
    run = groups.run
    sample = sample_of(size)
    asks = {
        resident: Ask(resident, run.coverage_year, run.pay_day, population)
        for resident, population, _ in sample
    }
    facts = load_facts(asks.values(), memory=groups.memory)
    for resident, _, key in sample:
        alone, together = facts.quote(asks[resident]), groups.quotes[key]
        if (alone.policy_digest, alone.dues, alone.trace) != (
            together.policy_digest,
            together.dues,
            together.trace,
        ):
            raise GroupDisagrees(
                f"resident {resident} of group {key}: {alone.components}, {together.components}"
            )
    return len(sample)
