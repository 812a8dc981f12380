"""What may be an amount of money at all."""

from decimal import Decimal

from policy.money import yuan


def check_amounts(**amounts: Decimal) -> None:
    """Refuse impossible amounts.

    :raises ValueError: if one is negative, not a number, or has parts of a fen
    """
    for name, amount in amounts.items():
        if not is_amount(amount):
            raise ValueError(f"{name} must be yuan in whole fen and not negative: {amount}")


def is_amount(amount: Decimal) -> bool:
    """Return whether `amount` is yuan in whole fen, zero or more."""
    return amount.is_finite() and amount >= 0 and amount == yuan(amount)
