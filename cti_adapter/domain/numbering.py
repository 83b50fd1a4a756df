"""What a text means in a numbering plan, by the metadata of ``phonenumbers`` and the call center's prefixes. Pure."""

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneNumber

from .call_center.settings import AdapterSettings
from .number_text import national_prefix

#: Longest number without an area code, in digits (Germany: eight and a direct extension).
_LOCAL_DIGITS = 9
#: Country code of the North American plan, where the trunk prefix 1 may be left out.
_NANP = 1
_FROM_ABROAD = (CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN, CountryCodeSource.FROM_NUMBER_WITH_IDD)


def recognised(text: str, settings: AdapterSettings) -> PhoneNumber | None:
    """``text`` as a number of a numbering plan, or None where that is not certain."""
    number = _parsed(text, settings.country)
    if number is not None and _is_complete(text, number, settings):
        return number
    abroad = text.removeprefix(settings.international_prefix)
    if not settings.international_prefix or abroad == text:
        return None
    number = _parsed(f"+{abroad}", settings.country)
    return number if number is not None and phonenumbers.is_valid_number(number) else None


def _parsed(text: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _is_complete(text: str, number: PhoneNumber, settings: AdapterSettings) -> bool:
    """Whether the notation leaves no doubt; the library takes ``491773333333`` for +49 491773333333, for instance."""
    source = number.country_code_source
    if source == CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN:
        return True
    if source == CountryCodeSource.FROM_NUMBER_WITH_IDD:
        return phonenumbers.is_possible_number(number)
    trunk = national_prefix(settings.country)
    if trunk is None or number.country_code == _NANP:
        return phonenumbers.is_valid_number(number)
    return text.startswith(trunk) and phonenumbers.is_possible_number(number)


def is_plausible(text: str, settings: AdapterSettings) -> bool:
    """Whether ``text`` is a number that the numbering plan has, not only one of a possible length."""
    number = recognised(text, settings)
    return number is not None and phonenumbers.is_valid_number(number)


def is_local(text: str, settings: AdapterSettings) -> bool:
    """Whether it looks like a number of the own area, without area code, or a service number (116117)."""
    trunk = national_prefix(settings.country)
    return len(text) <= _LOCAL_DIGITS and not (trunk and text.startswith(trunk))


def is_own(number: PhoneNumber, settings: AdapterSettings) -> bool:
    """Whether it belongs to the call center's country (its country code; the whole of North America is one)."""
    return str(number.country_code) == settings.country_code


def leads_within(settings: AdapterSettings) -> bool:
    """Whether the long-distance prefix is the country's trunk prefix, alone or behind a carrier's code."""
    trunk = national_prefix(settings.country)
    return bool(trunk) and settings.long_distance_prefix.endswith(str(trunk))


def goes_abroad(number: PhoneNumber, settings: AdapterSettings) -> bool:
    """Not in the country; or written as if from abroad, and there is no prefix for the form within the country."""
    if not is_own(number, settings):
        return True
    return number.country_code_source in _FROM_ABROAD and not leads_within(settings)
