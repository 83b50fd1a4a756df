"""The invented company "Acme" and its invented customers: users and records to start with. Constant data only.

Numbers are written the way people type them into a CRM, which is the point: brackets, slashes, trunk zeros, ``x22``,
one number that two contacts share, one in a custom field. German ones mostly come from the ranges that the
Bundesnetzagentur keeps free for films, American ones from 555-01xx.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .ids import record_id

ORGANIZATION_ID = record_id("Organization", 1)
APP_ID = "06mAc0000000001AAE"  # goes into the page's address as ltn_app_id


@dataclass(frozen=True)
class User:
    """Somebody who may log in to the org. ``alias`` is the short name used in addresses of the stand-in."""

    id: str
    alias: str
    name: str
    username: str
    extension: str


def _user(number: int, alias: str, name: str, extension: str) -> User:
    return User(record_id("User", number), alias, name, f"{alias}@acme.example", extension)


USERS: tuple[User, ...] = (
    _user(1, "alice", "Alice Adler", "101"),
    _user(2, "bob", "Bob Brandt", "102"),
    _user(3, "carol", "Carol Cruz", "103"),
)


@dataclass(frozen=True)
class Colleague:
    """Somebody with a licence of the org whose phone is elsewhere: found in the directory, with no line of ours."""

    id: str
    name: str
    title: str
    phone: str
    mobile: str = ""


COLLEAGUES: tuple[Colleague, ...] = (
    Colleague(record_id("User", 11), "Dana Dietrich", "Head of Sales", "+49 40 66969-200", "+49 171 3920081"),
    Colleague(record_id("User", 12), "Emil Ekström", "Field Service", "", "+49 171 3920082"),
    Colleague(record_id("User", 13), "Fatima Farsi", "Legal", "+49 40 66969-230"),
)

# name, phone, city, country, industry, service hotline
_ACCOUNTS = (
    ("Muster Medien GmbH", "+49 (0)30 111-0", "Berlin", "Germany", "Media", None),
    ("Alpenblick Hotels AG", "+49 (0)89 12345-678", "München", "Germany", "Hospitality", None),
    ("Bay Area Bikes Inc.", "(415) 555-0132", "San Francisco", "United States", "Retail", None),
    ("Hansa Logistik KG", "040/66969-120", "Hamburg", "Germany", "Transportation", "0800 / 330 1000"),
    ("Kölner Kontor", "0049 221 4710 333", "Köln", "Germany", "Trade", None),
    ("Lumière Optique SARL", "+33 1 99 00 12 34", "Paris", "France", "Manufacturing", None),
    ("Northwind Dental Ltd", "020 7946 0958", "London", "United Kingdom", "Health Care", None),
    ("Spree Apotheke", "030/1112223", "Berlin", "Germany", "Health Care", None),
    ("Main Treuhand", "069 90009-500", "Frankfurt am Main", "Germany", "Finance", None),
    ("Hudson & Partners LLP", "+1-212-555-0187", "New York", "United States", "Legal", None),
    ("Wiener Werkbank", "+43 1 505 11 22", "Wien", "Austria", "Manufacturing", None),
    ("Zürisee Software AG", "+41 44 555 21 00", "Zürich", "Switzerland", "Technology", "+41 (0)44 555 21 99"),
)

# first name, last name, number of the account, title, {other field: value}
_CONTACTS: tuple[tuple[str, str, int, str, Mapping[str, str]], ...] = (
    ("Erika", "Muster", 0, "Head of Editing", {"Phone": "+49 30 111222", "MobilePhone": "+49 (0)171 39200-15"}),
    ("Max", "Muster", 0, "Publisher", {"Phone": "+49 (0)30 111-333"}),
    ("Sepp", "Huber", 1, "General Manager", {"Phone": "+49 (0)89 12345-600", "MobilePhone": "0171 / 39 20 042"}),
    ("Leni", "Gruber", 1, "Reservations", {"Phone": "+49 (0)89 12345-601"}),
    ("Grace", "Okafor", 2, "Owner", {"Phone": "(415) 555-0133", "MobilePhone": "+1 415-555-0177"}),
    ("Tom", "Reyes", 2, "Workshop", {"Phone": "(415) 555-0132 x22"}),
    ("Jan", "Petersen", 3, "Dispatcher", {"Phone": "040/66969-121"}),
    ("Fenja", "Petersen", 3, "Accounting", {"Phone": "040/66969-121", "Direct_Line__c": "040 66969 127"}),
    ("Ute", "Schmitz", 4, "Buyer", {"Phone": "0049 221 4710 334"}),
    ("Claire", "Dubois", 5, "Directrice", {"Phone": "+33 (0)1 99 00 12 35"}),
    ("Oliver", "Hart", 6, "Practice Manager", {"Phone": "+44 (0)20 7946 0959", "MobilePhone": "07700 900461"}),
    ("Sabine", "Wolff", 7, "Pharmacist", {"Phone": "030/1112224", "Direct_Line__c": "+49 30 23125 456"}),
    ("Deniz", "Kaya", 8, "Trustee", {"Phone": "069 90009-501"}),
    ("Rachel", "Stein", 9, "Partner", {"Phone": "+1-212-555-0188 ext. 7", "MobilePhone": "1 (917) 555-0109"}),
    ("Marcus", "Lee", 9, "Paralegal", {"Phone": "212.555.0189"}),
    ("Anna", "Hofer", 10, "Production", {"Phone": "+43 1 505 11 23"}),
    ("Reto", "Frei", 11, "CTO", {"Phone": "+41 (0)44 555 21 01", "MobilePhone": "079 555 01 02"}),
    ("Nina", "Keller", 11, "Support Lead", {"Phone": "0041 44 555 21 02"}),
    ("Jürgen", "Groß", 8, "Auditor", {"MobilePhone": "+49 152 28817386", "DoNotCall": "true"}),
    ("Priya", "Nair", 6, "Reception", {"HomePhone": "+44 20 7946 0123", "OtherPhone": "020-7946-0124"}),
)

# first name, last name, company, phone, status
_LEADS = (
    ("Lena", "Vogt", "Vogt Floristik", "+49 (0)30 23125-007", "Open - Not Contacted"),
    ("Ahmed", "Salem", "Salem Catering", "0152 288 173 86 1", "Working - Contacted"),
    ("Maria", "Conti", "Studio Conti", "+39 06 555 0145", "Open - Not Contacted"),
    ("Ken", "Tanaka", "Tanaka Imports", "+81 3-5550-0123", "Open - Not Contacted"),
    ("Sofia", "Lund", "Lund Design AB", "+46 8 465 004 11", "Working - Contacted"),
    ("Piet", "de Vries", "De Vries Bouw", "+31 20 555 0166", "Open - Not Contacted"),
    ("Emily", "Young", "Young & Bright", "(650) 555-0198", "Open - Not Contacted"),
    ("Karl", "Roth", "Roth Elektro", "089 99998 123", "Closed - Not Converted"),
)

# subject, status, priority, number of the contact, web phone
_CASES = (
    ("Invoice 4711 shows the wrong address", "New", "High", 0, None),
    ("Booking system sends two confirmations", "Working", "Medium", 2, None),
    ("Brake pads arrived damaged", "New", "High", 4, "+1 (415) 555-0133"),
    ("Delivery window for pallets", "Working", "Low", 6, None),
    ("Cannot log in to the partner portal", "Escalated", "High", 16, None),
    ("Wants a call back about the contract", "New", "Medium", 12, "069 / 90009 501"),
)

Seed = tuple[str, str, dict[str, str | int | None]]  # object, id, fields


def seed_records() -> list[Seed]:
    """All records to start with, references by id: 12 accounts, 20 contacts, 8 leads, 6 cases."""
    return [*_accounts(), *_contacts(), *_leads(), *_cases()]


def _owner(number: int) -> str:
    return USERS[number % len(USERS)].id


def _accounts() -> list[Seed]:
    return [
        (
            "Account",
            record_id("Account", n),
            {
                "Name": name,
                "Phone": phone,
                "BillingCity": city,
                "BillingCountry": country,
                "Industry": industry,
                "Hotline__c": hotline,
                "OwnerId": _owner(n),
            },
        )
        for n, (name, phone, city, country, industry, hotline) in enumerate(_ACCOUNTS)
    ]


def _contacts() -> list[Seed]:
    return [
        (
            "Contact",
            record_id("Contact", n),
            {
                "FirstName": first,
                "LastName": last,
                "AccountId": record_id("Account", account),
                "Title": title,
                "OwnerId": _owner(account),
                **phones,
            },
        )
        for n, (first, last, account, title, phones) in enumerate(_CONTACTS)
    ]


def _leads() -> list[Seed]:
    return [
        (
            "Lead",
            record_id("Lead", n),
            {
                "FirstName": first,
                "LastName": last,
                "Company": company,
                "Phone": phone,
                "Status": status,
                "OwnerId": _owner(n),
            },
        )
        for n, (first, last, company, phone, status) in enumerate(_LEADS)
    ]


def _cases() -> list[Seed]:
    return [
        (
            "Case",
            record_id("Case", n),
            {
                "CaseNumber": f"{1026 + n:08d}",
                "Subject": subject,
                "Status": status,
                "Priority": priority,
                "ContactId": record_id("Contact", contact),
                "AccountId": record_id("Account", _CONTACTS[contact][2]),
                "SuppliedPhone": phone,
                "OwnerId": _owner(n),
            },
        )
        for n, (subject, status, priority, contact, phone) in enumerate(_CASES)
    ]
