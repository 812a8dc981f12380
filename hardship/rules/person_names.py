"""People's names, compared where a list and the register may write one name in two ways."""

import unicodedata


def bare_name(name: str) -> str:
    """Return a name without spaces, dots and other punctuation, half-width, in capitals: 阿依·古丽 is 阿依古丽."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name))).upper()
