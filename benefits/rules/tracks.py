"""Separate accounts of critical illness insurance (单独支付通道), by the codes and names of a policy."""

from policy.schema.benefits import CriticalIllness


def track_names(section: CriticalIllness | None) -> dict[str, str]:
    """Return code → name of the accounts, in the order of the policy."""
    return {} if section is None else {code: track.label for code, track in section.track.items()}


def track_code(section: CriticalIllness | None, said: str) -> str | None:
    """Return the code of the account a bill names by its code or its name; "" = it names none, None = no such one."""
    if not said:
        return ""
    return next((code for code, name in track_names(section).items() if said in (code, name)), None)
