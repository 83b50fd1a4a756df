"""Record ids as Salesforce shapes them: 15 case-sensitive characters and 3 that make them safe where case is lost."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Case": "500",
    "Task": "00T",
    "User": "005",
    "Organization": "00D",
}
OBJECT_BY_PREFIX = {prefix: name for name, prefix in PREFIXES.items()}

INSTANCE = "Ac0000"  # stands for the server the record was born on; any six characters do


def record_id(object_name: str, number: int) -> str:
    """The 18-character id of the ``number``-th (from 0) record of ``object_name``, e.g. ``003Ac0000000001AAE``."""
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, len(ALPHABET))
        digits = ALPHABET[rest] + digits
    short = PREFIXES[object_name] + INSTANCE + digits
    return short + check_characters(short)


def check_characters(short_id: str) -> str:
    """Three characters that tell which of the 15 are upper case, five at a time (Salesforce help, 18-digit ids)."""
    chunks = (short_id[start : start + 5] for start in (0, 5, 10))
    return "".join(CHECK_ALPHABET[sum(1 << i for i, c in enumerate(chunk) if "A" <= c <= "Z")] for chunk in chunks)


def full_id(text: str) -> str | None:
    """The 18-character form of a 15- or 18-character id, ``None`` for anything else (wrong check included)."""
    if len(text) not in (15, 18) or any(c not in ALPHABET for c in text):
        return None
    complete = text[:15] + check_characters(text[:15])
    return complete if len(text) == 15 or text == complete else None


def object_of(identifier: str) -> str | None:
    """The object that an id belongs to by its first three characters, ``None`` for an unknown one."""
    return OBJECT_BY_PREFIX.get(identifier[:3])
