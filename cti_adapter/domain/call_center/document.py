"""The XML form of a definition: bytes to records and back. Rules about what may stand in it are in ``rules.py``.

Grammar: root ``callCenter`` without namespace, ``section`` elements in it, ``item`` elements in them whose text is the
value (Open CTI Developer Guide, "Call Center Definition File XML Format").
"""

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from .definition import CallCenter, DefinitionOptions, Item, Section, build_definition

#: Largest file that is read, in bytes. The largest published one has 6 kB.
MAX_BYTES = 256 * 1024
#: Largest sort order that is read; a longer run of digits is no position.
_MAX_POSITION_DIGITS = 9
#: Domains that belong to nobody, for documentation (RFC 2606, 3).
_PLACEHOLDER_DOMAIN = re.compile(r"//([^/?#]*\.)?example\.(com|net|org)(?=[:/?#]|$)")


class DocumentError(ValueError):
    """The bytes are no definition document. ``rule`` is the id of the rule (``rules.py``) that says why."""

    def __init__(self, rule: str, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.rule = rule
        self.line = line
        self.message = message


def document_for(options: DefinitionOptions) -> bytes:
    """Our definition as a file for Setup > Call Centers > Import; what is worth knowing about it stands in comments."""
    notes = ["Call center definition of the CTI adapter. In Salesforce: Setup > Call Centers > Import."]
    if _PLACEHOLDER_DOMAIN.search(options.url):
        notes.append("example.com is a placeholder: put your own server's name into reqAdapterUrl, here or in Setup.")
    notes.extend(f"Note: {warning.message}." for warning in options.warnings)
    return write(build_definition(options), notes)


def write(center: CallCenter, notes: Sequence[str] = ()) -> bytes:
    """``center`` as UTF-8 with XML declaration, indented; equal definitions give equal bytes.

    ``notes`` become comments above the root element, which Salesforce's own sample has, too.
    """
    root = etree.Element("callCenter")
    for section in center.sections:
        element = etree.SubElement(root, "section", _attributes(section))
        for item in section.items:
            etree.SubElement(element, "item", _attributes(item)).text = item.value
    etree.indent(root, "    ")
    comments = "".join(map(_comment, notes))
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{comments}'
    return head.encode() + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def _comment(note: str) -> str:
    apart = re.sub("-(?=-)", "- ", note)  # hyphens side by side would end the comment
    return f"<!-- {apart} -->\n"


def read(xml: bytes) -> CallCenter:
    """The definition in ``xml``, in the order of the sort orders. Raises ``DocumentError``.

    Only the grammar is required here; use ``rules.check`` for everything else.
    """
    root = parse(xml)
    if root.tag != "callCenter":
        raise DocumentError("root-element", _line(root), f"the root element is <{root.tag!s}>, not <callCenter>")
    return center_of(root)


def center_of(root: etree._Element) -> CallCenter:
    """Records of a parsed document. Raises ``DocumentError`` where a sort order is no position."""
    sections = (_section(element) for element in root.iterchildren("section"))
    return CallCenter(tuple(sorted(sections, key=lambda section: section.sort_order)))


def parse(xml: bytes) -> etree._Element:
    """The root element. No network, no entities, no document type. Raises ``DocumentError``."""
    if len(xml) > MAX_BYTES:
        raise DocumentError("too-large", 1, f"the file has {len(xml)} bytes; at most {MAX_BYTES} are read")
    if not xml.strip():
        raise DocumentError("not-well-formed", 1, "the file is empty")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        reason = str(error.msg).partition(", line ")[0]
        raise DocumentError("not-well-formed", line, f"the file is not well-formed XML: {reason}") from None
    if root.getroottree().docinfo.doctype:
        raise DocumentError("document-type", 1, "the file declares a document type (<!DOCTYPE …>)")
    return root


def position(text: str | None) -> int | None:
    """A sort order (``"0"``, ``"12"``), or None where ``text`` is not a non-negative whole number."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_POSITION_DIGITS else None


def elements(parent: etree._Element) -> Iterable[etree._Element]:
    """Child elements without comments and processing instructions."""
    return (child for child in parent if isinstance(child.tag, str))


def _section(element: etree._Element) -> Section:
    items = sorted((_item(child) for child in element.iterchildren("item")), key=lambda item: item.sort_order)
    return Section(
        name=element.get("name", ""),
        label=element.get("label", ""),
        sort_order=_sort_order(element),
        items=tuple(items),
        line=_line(element),
    )


def _item(element: etree._Element) -> Item:
    return Item(
        name=element.get("name", ""),
        label=element.get("label", ""),
        sort_order=_sort_order(element),
        value=value_of(element),
        line=_line(element),
    )


def value_of(element: etree._Element) -> str:
    """Text of an ``item``, comments left out."""
    return "".join(element.xpath("text()"))


def _sort_order(element: etree._Element) -> int:
    value = element.get("sortOrder")
    found = position(value)
    if found is None:
        raise DocumentError(
            "sort-order-number",
            _line(element),
            f"sortOrder {value!r} of <{element.tag!s}> is not a whole number from 0",
        )
    return found


def _line(element: etree._Element) -> int:
    return int(element.sourceline or 1)


def _attributes(part: Section | Item) -> dict[str, str]:
    attributes = {"sortOrder": str(part.sort_order), "name": part.name}
    return attributes | {"label": part.label} if part.label else attributes
