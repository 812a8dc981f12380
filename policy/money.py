"""Yuan and fen: the one rounding, and the one way to share a total out."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
ZERO = Decimal(0)


def yuan(amount: Decimal | int) -> Decimal:
    """Return `amount` in yuan to the fen, halves up; called once, at the end of a payment line."""
    return Decimal(amount).quantize(FEN, rounding=ROUND_HALF_UP)


def shared_out(total: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return `total` shared in proportion to `weights`, to the fen, adding up exactly.

    Largest remainder: every share is rounded down, and the fen left over go to the largest remainders,
    the first named winning a tie.

    :param total: yuan, whole fen, >= 0
    :param weights: any non-negative numbers, at least one of them positive
    :returns: yuan by the same keys in the same order; their sum is `total`
    """
    if total != yuan(total) or total < 0:
        raise ValueError(f"total must be whole fen and not negative: {total}")
    whole = sum(weights.values(), ZERO)
    if whole <= 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError(f"weights must be non-negative and not all zero: {dict(weights)}")
    exact = {name: total * weight / whole for name, weight in weights.items()}
    shares = {name: share.quantize(FEN, rounding=ROUND_DOWN) for name, share in exact.items()}
    left_over = int((total - sum(shares.values(), ZERO)) / FEN)
    by_remainder = sorted(exact, key=lambda name: exact[name] - shares[name], reverse=True)
    for name in by_remainder[:left_over]:
        shares[name] += FEN
    return shares
