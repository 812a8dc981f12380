"""What may be an amount of money at all."""

from decimal import Decimal

from policy.money import yuan

TOO_MUCH = Decimal(10) ** 10  # the books hold ten digits before the point


def check_amounts(**amounts: Decimal) -> None:
    """Refuse impossible amounts.

    :raises ValueError: if one is negative, not a number, or has parts of a fen
    """
    for name, amount in amounts.items():
        if not is_amount(amount):
            raise ValueError(f"{name} must be yuan in whole fen and not negative: {amount}")


def is_amount(amount: Decimal) -> bool:
    """Return whether `amount` is yuan in whole fen, zero or more, and no more than the books hold."""
    return amount.is_finite() and 0 <= amount < TOO_MUCH and amount == yuan(amount)


def wrong_amount(label: str, amount: Decimal) -> str:
    """Return in words what is wrong with an amount of a bill; "" = nothing."""
    if is_amount(amount):
        return ""
    return f"{label}应为不小于零、少于一百亿元、精确到分的金额，现为 {amount}"
