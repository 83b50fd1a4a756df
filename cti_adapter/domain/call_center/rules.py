"""Holds a call center definition against Salesforce's documented rules, before Salesforce does. It mends nothing.

``check`` never raises: a file that is no XML at all gives a line and a sentence as well. Four documented rules are
warnings only, because Salesforce imports files of well-known vendors that break them: own names beginning with ``req``,
names of more than 40 characters, the same item name twice, empty values.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lxml import etree

from .definition import MAX_LABEL, MAX_NAME, Item, Section
from .document import DocumentError, center_of, elements, parse, position, value_of
from .general_info import GENERAL_INFO, KNOWN_ITEMS, REQUIRED_ITEMS, check_general_info, is_misspelt_mode, placeholder
from .mistakes import escaped_placeholders, why_not_well_formed
from .report import Problem, Report, problem

__all__ = ["Problem", "Report", "check"]

METADATA_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
#: Elements that only the Metadata API's format has (Metadata API Developer Guide, CallCenter).
_METADATA_ELEMENTS = frozenset(
    ("adapterUrl", "customSettings", "displayName", "displayNameLabel", "internalNameLabel", "sections")
)
#: Names that would collide with keys of getCallCenterSettings.
_FORBIDDEN_NAMES = frozenset(("label", "sortOrder", "internalNameLabel", "displayNameLabel"))
_ATTRIBUTES = ("sortOrder", "name", "label")
#: More problems than these help nobody.
_MAX_PROBLEMS = 500


def check(xml: bytes) -> Report:
    """All problems of a definition file, in the order of their lines."""
    try:
        return _report(parse(xml))
    except DocumentError as error:
        if error.rule != "not-well-formed":
            message = f"{error.message[:1].upper()}{error.message[1:]}."
            return Report((problem(error.rule, error.line, message),), None)
        return _not_well_formed(xml, error)


def _report(root: etree._Element) -> Report:
    problems = sorted(_check_root(root), key=lambda found: found.line)
    try:
        center = center_of(root) if root.tag == "callCenter" else None
    except DocumentError:
        center = None  # a sort order is no number, and reported
    return Report(tuple(problems[:_MAX_PROBLEMS]), center)


def _not_well_formed(xml: bytes, error: DocumentError) -> Report:
    """A placeholder in angle brackets is the usual reason; the rest of the file is checked all the same."""
    escaped, found = escaped_placeholders(xml)
    if not found:
        return Report(tuple(why_not_well_formed(xml, error)), None)
    try:
        rest = _report(parse(escaped)).problems
    except DocumentError as second:
        rest = tuple(why_not_well_formed(escaped, second))
    named = {place.line: place for place in rest if place.rule == "placeholder"}
    here = [_placeholder_left(text, named.get(line) or problem("placeholder", line, "")) for line, text in found]
    others = [other for other in rest if other.rule != "placeholder"]
    return Report(tuple(sorted((*here, *others), key=lambda found: found.line)), None)


def _placeholder_left(text: str, place: Problem) -> Problem:
    subject = f"{place.item}: the" if place.item else "The"
    reason = "so the file is not well-formed XML and cannot be imported"
    message = f"{subject} placeholder {text!r} was left in, {reason}; write the real value in its place."
    return replace(place, message=message)


# --- root and sections -----------------------------------------------------------------------------------------------


def _check_root(root: etree._Element) -> Iterator[Problem]:
    name = etree.QName(root)
    if name.namespace == METADATA_NAMESPACE or any(_local(child) in _METADATA_ELEMENTS for child in elements(root)):
        yield problem("metadata-format", _line(root), _metadata_sentence(name.localname))
        return
    if root.tag != "callCenter":
        yield problem("root-element", _line(root), _root_sentence(name))
        if name.namespace or name.localname.lower() != "callcenter":
            return
    yield from _check_content(root, "section", "", "")
    sections = [child for child in elements(root) if child.tag == "section"]
    if not sections:
        yield problem("section-missing", _line(root), "The definition has no <section>; it needs at least one.")
        return
    yield from _check_siblings(sections, "")
    for section in sections:
        yield from _check_section(section)
    yield from _check_general(sections)


def _metadata_sentence(root: str) -> str:
    return (
        f"This is the Metadata API's format (<{root}> with <sections>, <items> and <value>), for deployment with "
        "Salesforce's command line or an IDE. Setup > Call Centers > Import wants another grammar: <callCenter> with "
        '<section sortOrder="…" name="…" label="…"> and <item sortOrder="…" name="…" label="…">value</item>. '
        "Deploy this file, or write an importable one with 'cti callcenter'."
    )


def _root_sentence(name: etree.QName) -> str:
    if name.namespace:
        return f"The root element is in the namespace {name.namespace!r}; <callCenter> must have none."
    hint = " (with a small c)" if name.localname == "CallCenter" else ""
    return f"The root element is <{name.localname}>; it must be <callCenter>{hint}."


def _check_section(section: etree._Element) -> Iterator[Problem]:
    name = section.get("name", "")
    yield from _check_attributes(section, name, "")
    yield from _check_content(section, "item", name, "")
    if name.startswith("req") and name not in KNOWN_ITEMS:
        yield problem("name-reserved", _line(section), _reserved_sentence(name, list(KNOWN_ITEMS)), name)
    items = [child for child in elements(section) if child.tag == "item"]
    if not items:
        yield problem("section-empty", _line(section), f"Section {name} has no <item>; it needs at least one.", name)
    yield from _check_siblings(items, name)
    for item in items:
        yield from _check_item(item, name)


def _check_general(sections: Sequence[etree._Element]) -> Iterator[Problem]:
    general = next((section for section in sections if section.get("name") == GENERAL_INFO), None)
    if general is None:
        message = f"Section {GENERAL_INFO} is missing; every definition must have it."
        yield problem("general-info-missing", _line(sections[0]), message, GENERAL_INFO)
        return
    yield from check_general_info(_as_section(general))


def _as_section(element: etree._Element) -> Section:
    """A record also of a section whose sort orders are wrong (-1), which the grammar has reported."""
    items = tuple(
        Item(item.get("name", ""), item.get("label", ""), _position_or(item, -1), value_of(item), _line(item))
        for item in element.iterchildren("item")
    )
    return Section(GENERAL_INFO, element.get("label", ""), _position_or(element, -1), items, _line(element))


def _position_or(element: etree._Element, otherwise: int) -> int:
    found = position(element.get("sortOrder"))
    return otherwise if found is None else found


# --- items -----------------------------------------------------------------------------------------------------------


def _check_item(item: etree._Element, section: str) -> Iterator[Problem]:
    name, line = item.get("name", ""), _line(item)
    yield from _check_attributes(item, section, name)
    if name.startswith("req") and not _is_known(section, name):
        known = sorted(set().union(*KNOWN_ITEMS.values()))
        yield problem("name-reserved", line, _reserved_sentence(name, known), section, name)
    child = next(iter(elements(item)), None)
    if child is not None:
        yield problem("item-content", _line(child), _content_sentence(name, str(child.tag)), section, name)
        return
    value = value_of(item)
    left = placeholder(value)
    if left is not None:
        message = f"{name}: the placeholder {left!r} was left in; write the real value in its place."
        yield problem("placeholder", line, message, section, name)
    if not value.strip() and not (section == GENERAL_INFO and name in REQUIRED_ITEMS):
        message = f"{name} has no value; the rules want one, Salesforce imports it all the same."
        yield problem("value-empty", line, message, section, name)


def _is_known(section: str, name: str) -> bool:
    """Salesforce's own, or the mode item misspelt, which has a rule of its own."""
    return name in KNOWN_ITEMS.get(section, ()) or (section == GENERAL_INFO and is_misspelt_mode(name))


def _reserved_sentence(name: str, known: list[str]) -> str:
    if name in known:
        section = next(section for section, items in KNOWN_ITEMS.items() if name in items)
        return f"{name} belongs into section {section}; Salesforce knows it nowhere else."
    near = difflib.get_close_matches(name, known, 1, cutoff=0.8)
    hint = f" Is {near[0]} meant?" if near else ""
    return f"{name}: names beginning with 'req' are reserved for Salesforce.{hint}"


def _content_sentence(name: str, child: str) -> str:
    if child == "value":
        return f"{name}: the value is the text of <item> itself; write <item …>value</item> without <value>."
    return f"{name}: <{child}> stands inside <item>, which holds text only. Is it a placeholder that was left in?"


# --- what sections and items have in common --------------------------------------------------------------------------


def _check_attributes(element: etree._Element, section: str, item: str) -> Iterator[Problem]:
    line, name, label = _line(element), element.get("name"), element.get("label", "")
    what = f"{section}/{item}".strip("/") or f"<{element.tag!s}>"
    for rule, sentence in _name_findings(name):
        yield problem(rule, line, f"{what}: {sentence}", section, item)
    if len(label) > MAX_LABEL:
        message = f"{what}: the label has {len(label)} characters; at most {MAX_LABEL} are allowed."
        yield problem("label-length", line, message, section, item)
    for attribute in map(str, element.attrib):
        if attribute not in _ATTRIBUTES:
            near = difflib.get_close_matches(attribute.lower(), [known.lower() for known in _ATTRIBUTES], 1)
            meant = next((known for known in _ATTRIBUTES if near and known.lower() == near[0]), None)
            hint = f" Is {meant} meant? Capitals matter." if meant else ""
            message = f"{what}: there is no attribute {attribute!r}.{hint}"
            yield problem("unknown-attribute", line, message, section, item)


def _name_findings(name: str | None) -> Iterator[tuple[str, str]]:
    if not name:
        yield "name-missing", "the attribute name is missing or empty."
        return
    if not re.fullmatch(r"[A-Za-z0-9]+", name):
        yield "name-characters", f"the name {name[:80]!r} holds other characters than letters (A-Z, a-z) and digits."
    if len(name) > MAX_NAME:
        yield "name-length", f"the name has {len(name)} characters; the rule allows {MAX_NAME}."
    if name in _FORBIDDEN_NAMES:
        yield "name-forbidden", f"the name {name!r} is not allowed; Salesforce uses it itself."


def _check_siblings(siblings: Sequence[etree._Element], section: str) -> Iterator[Problem]:
    """Names and sort orders among the sections of the file, or among the items of one section."""
    names: set[str] = set()
    for element in siblings:
        name = element.get("name", "")
        if name and name in names:
            message = f"{name} stands twice; only one of the two values can be read by the softphone."
            yield problem("name-unique", _line(element), message, *_names(element, section))
        names.add(name)
    yield from _check_positions(siblings, section)


def _check_positions(siblings: Sequence[etree._Element], section: str) -> Iterator[Problem]:
    taken: dict[int, etree._Element] = {}
    complete = True
    for element in siblings:
        found = position(element.get("sortOrder"))
        if found is None:
            complete = False
            yield _position_problem(element, section)
        elif found in taken:
            other = taken[found].get("name", "")
            message = f"{element.get('name', '')} has sortOrder {found}, as {other} has; each must have its own."
            yield problem("sort-order-unique", _line(element), message, *_names(element, section))
        else:
            taken[found] = element
    # With a sort order missing there is a gap of course; one message for one mistake.
    gap = next((count for count, found in enumerate(sorted(taken)) if found != count), None) if complete else None
    if gap is not None:
        behind = taken[min(found for found in taken if found > gap)]
        rule = "sort orders run from 0 without gaps"
        message = f"{behind.get('name', '')} has sortOrder {behind.get('sortOrder')}, but none has {gap}; {rule}."
        yield problem("sort-order-gap", _line(behind), message, *_names(behind, section))


def _position_problem(element: etree._Element, section: str) -> Problem:
    value, name = element.get("sortOrder"), element.get("name", "")
    if value is None:
        message = f"{name} has no attribute sortOrder; it is required."
        return problem("sort-order-missing", _line(element), message, *_names(element, section))
    message = f"{name} has sortOrder {value[:40]!r}; it must be a whole number from 0."
    return problem("sort-order-number", _line(element), message, *_names(element, section))


def _names(element: etree._Element, section: str) -> tuple[str, str]:
    """(section, item) for a problem of ``element``, which is an item of ``section``, or a section itself."""
    name = element.get("name", "")
    return (section, name) if element.tag == "item" else (name, "")


def _check_content(parent: etree._Element, wanted: str, section: str, item: str) -> Iterator[Problem]:
    """Only ``wanted`` elements in it, and no text between them."""
    for child in elements(parent):
        if child.tag != wanted:
            message = f"<{child.tag!s}> is not allowed in <{parent.tag!s}>; only <{wanted}> is."
            yield problem("unknown-element", _line(child), message, section, item)
    texts = [parent.text, *(child.tail for child in parent)]
    stray = next((text.strip() for text in texts if text and text.strip()), None)
    if stray is not None:
        message = f"The text {stray[:60]!r} stands between the elements of <{parent.tag!s}>, where none belongs."
        yield problem("stray-text", _line(parent), message, section, item)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _line(element: etree._Element) -> int:
    return int(element.sourceline or 1)
