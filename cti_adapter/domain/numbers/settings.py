"""How a site dials and what its numbers look like, as typed values. Where they are read from is not known here."""

from dataclasses import dataclass
from typing import Literal

from .patterns import Patterns

DialFormat = Literal["national", "international", "plus"]
#: Country whose numbering plan applies when the settings tell of no other (ISO 3166).
DEFAULT_COUNTRY = "DE"
#: Public numbers of up to five digits are service numbers (112, 115, 11833), which nothing is put in front of either,
#: and phone systems of up to some ten thousand extensions have five digits.
LONGEST_INTERNAL = 5


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """One site. Prefixes hold digits, ``*`` and ``#`` only; empty means that nothing is added."""

    outside_prefix: str = ""
    """Dialled in front of every external number to get a line, for instance ``0`` or ``9``."""
    long_distance_prefix: str = ""
    """Dialled in front of area code and number within the country: ``0`` in Germany, ``1`` in North America."""
    international_prefix: str = ""
    """Dialled instead of ``+``: ``00`` in most of the world, ``011`` in North America. Empty: the ``+`` is dialled."""
    country: str = DEFAULT_COUNTRY
    """Region whose numbering plan applies (ISO 3166, two letters)."""
    area_code: str = ""
    """Own area code without long-distance prefix: ``89``, in Italy with its zero: ``06``."""
    main_number: str = ""
    """E.164 of the site without extension, such as ``+4989123456``; what extends it by an extension is a colleague."""
    shortest_internal: int = 1
    longest_internal: int = LONGEST_INTERNAL
    """Digits of an extension, from and to, both included."""
    force_internal: Patterns = Patterns()
    force_external: Patterns = Patterns()
    """What is internal or external whatever its length."""
    dial_format: DialFormat = "national"
    """``national``: own country with the long-distance prefix; ``international``: always with the international
    prefix and country code; ``plus``: E.164 with ``+``, which no prefix is put in front of."""
    dial_own_area_code: bool = True
    """False: numbers of the own area are dialled without area code."""
    head_office_digits: int | None = None
    """Up to how many digits of a direct number are cut to find the main number; None: 3, in North America 0."""
    emergency_with_outside_prefix: bool = False
    """Put the outside prefix in front of emergency numbers; for phone systems that do not route them by themselves."""
    short_code_with_outside_prefix: bool = False
    """The same for service numbers such as 115, 116117 and 11833."""
    emergency_numbers: tuple[str, ...] = ()
    """Emergency numbers of the site itself, besides the public ones of all countries."""
    country_code_first: bool = False
    """Numbers without any prefix begin with a country code (``4989…``), as in some imported data."""
