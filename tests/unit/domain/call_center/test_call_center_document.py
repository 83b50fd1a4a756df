"""Records to XML and back; and bytes that are no definition."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call_center.definition import CallCenter, DefinitionOptions, Item, Section, build_definition
from cti_adapter.domain.call_center.document import MAX_BYTES, DocumentError, parse, read, write

CENTER = build_definition(DefinitionOptions("https://cti.example.com/softphone"))
#: Characters that XML 1.0 can hold (2.2), controls left out.
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30)
NAMES = st.from_regex(r"[A-Za-z0-9]{1,10}", fullmatch=True)


@st.composite
def centers(draw: st.DrawFn) -> CallCenter:
    sections = []
    for place in range(draw(st.integers(1, 3))):
        values = draw(st.lists(st.tuples(NAMES, TEXT, TEXT), max_size=4))
        items = tuple(Item(name, label, order, text) for order, (name, label, text) in enumerate(values))
        sections.append(Section(draw(NAMES), draw(TEXT), place, items))
    return CallCenter(tuple(sections))


@given(centers())
def test_what_is_written_is_read_again(center: CallCenter) -> None:
    assert read(write(center)) == center


def test_the_document_is_utf8_with_declaration_and_one_item_a_line() -> None:
    lines = write(CENTER, ["Telefon – Büro"]).decode("utf-8").split("\n")
    assert lines[:3] == ['<?xml version="1.0" encoding="UTF-8"?>', "<!-- Telefon – Büro -->", "<callCenter>"]
    assert lines[4].strip().startswith('<item sortOrder="0" name="reqInternalName"')
    assert lines[-2:] == ["</callCenter>", ""]


@pytest.mark.parametrize("note", ["a--b", "---", "-", "-->", "a -- > <!--"])
def test_a_note_cannot_end_its_comment(note: str) -> None:
    assert read(write(CENTER, [note])) == CENTER


def test_order_comes_from_the_sort_orders_and_lines_are_kept() -> None:
    center = read(
        b"""<callCenter>
  <section sortOrder="1" name="b"><item sortOrder="0" name="x">1</item></section>
  <section sortOrder="0" name="a" label="A">
    <item sortOrder="1" name="z">3</item>
    <item sortOrder="0" name="y"><!-- why -->2</item>
  </section>
</callCenter>"""
    )
    assert [section.name for section in center.sections] == ["a", "b"]
    assert [(item.name, item.value, item.line) for item in center.sections[0].items] == [("y", "2", 5), ("z", "3", 4)]
    assert center.value("b", "x") == "1"
    assert center.value("b", "y") is None


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        (b"", "not-well-formed"),
        (b" \n", "not-well-formed"),
        (b"<callCenter>", "not-well-formed"),
        (b"\xff\xfe\x00", "not-well-formed"),
        (b"\x00" * 10, "not-well-formed"),
        (b"<callCenter>&nbsp;</callCenter>", "not-well-formed"),
        (b'<?xml version="1.0" encoding="nonsense"?><callCenter/>', "not-well-formed"),
        (b"<a/>", "root-element"),
        (b"<!DOCTYPE callCenter><callCenter/>", "document-type"),
        (b'<!DOCTYPE callCenter SYSTEM "http://127.0.0.1:1/x.dtd"><callCenter/>', "document-type"),
        (b'<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]><callCenter>&x;</callCenter>', "document-type"),
        (b'<callCenter><section sortOrder="x" name="a"/></callCenter>', "sort-order-number"),
        (b'<callCenter><section name="a"/></callCenter>', "sort-order-number"),
        (b"<callCenter>" + b" " * MAX_BYTES + b"</callCenter>", "too-large"),
    ],
)
def test_other_bytes_are_refused_with_rule_and_line(xml: bytes, rule: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(xml)
    assert caught.value.rule == rule
    assert caught.value.line >= 1


@pytest.mark.parametrize("use", ["&l9;", '<a b="&l9;"/>'])
def test_entities_are_not_blown_up(use: str) -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<!DOCTYPE c [<!ENTITY l0 "{"x" * 100}">{levels}]><callCenter>{use}</callCenter>'
    started = time.process_time()
    with pytest.raises(DocumentError):
        parse(xml.encode())
    # Spelt out it would be 100 GB; a limit on processor time, not on the clock.
    assert time.process_time() - started < 5
