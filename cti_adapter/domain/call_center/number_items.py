"""The items of the call center definition that say how a site dials: name, label, and value of a new definition."""

from typing import NamedTuple

DIALING = "reqDialingOptions"
NUMBERS = "ctiNumbers"


class NumberItem(NamedTuple):
    """One item. ``value`` is what a new definition holds; it works in every country."""

    name: str
    label: str
    value: str


#: The section that Salesforce's samples have.
DIALING_ITEMS = (
    NumberItem("reqOutsidePrefix", "Outside prefix: before external numbers, such as 0 or 9 (none: no prefix)", "none"),
    NumberItem(
        "reqLongDistPrefix",
        "Long-distance prefix: before area codes of the own country (auto: as usual there; none: no prefix)",
        "auto",
    ),
    NumberItem(
        "reqInternationalPrefix",
        "International prefix: dialled instead of + (auto: as usual there, such as 00 or 011; none: dial the +)",
        "auto",
    ),
)
#: The section of this product.
NUMBER_ITEMS = (
    NumberItem("country", "Country of the office, two letters (DE, AT, CH, GB, FR, IT, US ...)", "DE"),
    NumberItem(
        "areaCode", "Area code of the office without long-distance prefix, such as 89 (none: not given)", "none"
    ),
    NumberItem(
        "mainNumber",
        "Main number without extension, such as +49 89 123456 (none: not given)",
        "none",
    ),
    NumberItem("shortestInternal", "Internal numbers have at least this many digits (1 to 9)", "1"),
    NumberItem("longestInternal", "Internal numbers have at most this many digits (1 to 9)", "5"),
    NumberItem("forceInternal", "Always internal: patterns with ; between, such as 77????;200-299 (none)", "none"),
    NumberItem("forceExternal", "Always external: patterns with ; between, such as 19222;^11[5-8] (none)", "none"),
    NumberItem("dialFormat", "Dial as national, international (always with country code) or plus (+49...)", "national"),
    NumberItem("dialOwnAreaCode", "Dial the own area code as well (true or false)", "true"),
    NumberItem(
        "headOfficeDigits",
        "Direct-dial digits to cut to find the main number of a caller (auto: 3, North America 0)",
        "auto",
    ),
    NumberItem("emergencyNumbers", "More emergency numbers of this site, with ; between (none)", "none"),
    NumberItem("emergencyOutsidePrefix", "Dial emergency numbers with the outside prefix (true or false)", "false"),
    NumberItem(
        "serviceOutsidePrefix", "Dial service numbers (115, 116117) with the outside prefix (true or false)", "false"
    ),
    NumberItem(
        "countryCodeFirst",
        "Numbers without any prefix begin with a country code, as 49 89 ... (true or false)",
        "false",
    ),
)
