"""The check of a definition: every documented rule, the known mistakes, and files that others published."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call_center.definition import DefinitionOptions
from cti_adapter.domain.call_center.document import MAX_BYTES, document_for
from cti_adapter.domain.call_center.report import RULES, Problem
from cti_adapter.domain.call_center.rules import check

ROOT = Path(__file__).resolve().parents[4]
PUBLISHED = sorted((ROOT / "../shared/data/callcenter").glob("*.xml"))
VALID = document_for(
    DefinitionOptions("https://cti.example.com/softphone", standby_url="https://two.example.org/x", timeout_ms=5000)
).decode()

#: Published file (by its key) -> (errors, warnings), each rule with its count.
EXPECTED: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "01": ({}, {"url-placeholder": 1}),
    "02": ({}, {"name-reserved": 6}),
    "04": ({}, {"mode-missing": 1}),
    "06": ({"mode-misspelt": 1}, {"url-placeholder": 1}),
    "07": ({}, {"mode-missing": 1}),
    "08": ({}, {"name-reserved": 12, "name-length": 4}),
    "11": ({"placeholder": 1, "mode-misspelt": 1}, {}),
    "14": ({"metadata-format": 1}, {}),
    "15": ({}, {"value-empty": 3}),
}


def problems(old: str, new: str) -> list[Problem]:
    """Problems of the valid definition with the regular expression ``old`` replaced once by ``new``."""
    changed, count = re.subn(old, new.replace("\\", r"\\"), VALID, count=1, flags=re.DOTALL)
    assert count == 1, old
    return list(check(changed.encode()).problems)


def found(old: str, new: str) -> list[tuple[str, str, str]]:
    return [(problem.severity, problem.place, problem.rule) for problem in problems(old, new)]


def test_the_valid_definition_has_no_problem() -> None:
    report = check(VALID.encode())
    assert report.problems == ()
    assert report.center is not None


# Others' files lie beside the checkout and are not part of it; without them there is nothing to collect here.
if PUBLISHED:

    @pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
    def test_published_files(path: Path) -> None:
        report = check(path.read_bytes())
        errors, warnings = EXPECTED[path.name[:2]]
        assert Counter(problem.rule for problem in report.errors) == errors
        assert Counter(problem.rule for problem in report.warnings) == warnings


def test_a_placeholder_is_named_with_its_line_and_the_rest_is_checked() -> None:
    changed = VALID.replace("cti.example.com", "<your hosted domain>").replace("CompatibilityMode", "CompatabilityMode")
    placeholder, misspelt = check(changed.encode()).problems
    assert placeholder.line == VALID[: VALID.index("https://cti.")].count("\n") + 1
    assert (placeholder.place, placeholder.rule) == ("reqGeneralInfo/reqAdapterUrl", "placeholder")
    assert "'<your hosted domain>'" in placeholder.message
    assert "not well-formed" in placeholder.message
    assert misspelt.rule == "mode-misspelt"


GENERAL = "reqGeneralInfo"
URL = f"{GENERAL}/reqAdapterUrl"
HEIGHT, WIDTH = f"{GENERAL}/reqSoftphoneHeight", f"{GENERAL}/reqSoftphoneWidth"
OUTSIDE = "reqDialingOptions/reqOutsidePrefix"
NAME = f"{GENERAL}/reqInternalName"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # the root
        ("callCenter>", "callcenter>", None),
        ("<callCenter>", '<callCenter xmlns="urn:x">', [("error", "", "root-element")]),
        ("<callCenter>.*</callCenter>", "<html><body/></html>", [("error", "", "root-element")]),
        ("<callCenter>.*</callCenter>", "<callCenter/>", [("error", "", "section-missing")]),
        ("</callCenter>", "<extra/></callCenter>", [("error", "", "unknown-element")]),
        ("</callCenter>", "hello</callCenter>", [("warning", "", "stray-text")]),
        ("<callCenter>", "<!DOCTYPE callCenter><callCenter>", [("error", "", "document-type")]),
        # sections
        (
            "</callCenter>",
            '<section sortOrder="9" name="own"/></callCenter>',
            [("error", "own", "section-empty")],
        ),
        (
            "</callCenter>",
            '<section sortOrder="10" name="own"><item sortOrder="0" name="a">1</item></section></callCenter>',
            [("error", "own", "sort-order-gap")],
        ),
        (
            "</callCenter>",
            '<section sortOrder="9" name="reqOwn"><item sortOrder="0" name="a">1</item></section></callCenter>',
            [("warning", "reqOwn", "name-reserved")],
        ),
        ('name="reqGeneralInfo"', 'name="general"', None),
        # sort orders
        (
            'sortOrder="0" name="reqOutsidePrefix"',
            'name="reqOutsidePrefix"',
            [("error", OUTSIDE, "sort-order-missing")],
        ),
        ('sortOrder="0" (?=name="reqOut)', 'sortOrder="-1" ', [("error", OUTSIDE, "sort-order-number")]),
        ('sortOrder="0" (?=name="reqOut)', 'sortOrder="0.0" ', [("error", OUTSIDE, "sort-order-number")]),
        ('sortOrder="0" (?=name="reqOut)', 'sortOrder="٠" ', [("error", OUTSIDE, "sort-order-number")]),
        ('sortOrder="0" (?=name="reqOut)', 'sortOrder="999999999999" ', [("error", OUTSIDE, "sort-order-number")]),
        (
            'sortOrder="0" (?=name="reqOut)',
            'sortOrder="1" ',
            [
                ("error", "reqDialingOptions/reqLongDistPrefix", "sort-order-unique"),
                ("error", OUTSIDE, "sort-order-gap"),
            ],
        ),
        (
            'sortOrder="2" (?=name="reqInternationalPrefix)',
            'sortOrder="3" ',
            [("error", "reqDialingOptions/reqInternationalPrefix", "sort-order-gap")],
        ),
        # names and labels
        ('name="reqOutsidePrefix"', "", [("error", "reqDialingOptions", "name-missing")]),
        ('name="reqOutsidePrefix"', 'name="out-side"', [("error", "reqDialingOptions/out-side", "name-characters")]),
        ('name="reqOutsidePrefix"', 'name="label"', [("error", "reqDialingOptions/label", "name-forbidden")]),
        (
            'name="reqOutsidePrefix"',
            f'name="{"a" * 41}"',
            [("warning", f"reqDialingOptions/{'a' * 41}", "name-length")],
        ),
        (
            'name="reqOutsidePrefix"',
            'name="reqOutsidePrefx"',
            [("warning", "reqDialingOptions/reqOutsidePrefx", "name-reserved")],
        ),
        (
            'name="reqLongDistPrefix"',
            'name="reqOutsidePrefix"',
            [("warning", OUTSIDE, "name-unique")],
        ),
        (
            'name="reqOutsidePrefix" label="[^"]*"',
            f'name="reqOutsidePrefix" label="{"x" * 1001}"',
            [("error", OUTSIDE, "label-length")],
        ),
        (
            'name="reqOutsidePrefix" label=',
            'name="reqOutsidePrefix" Label=',
            [("warning", OUTSIDE, "unknown-attribute")],
        ),
        # values
        (">none<", "><", [("warning", OUTSIDE, "value-empty")]),
        (">none<", "> <", [("warning", OUTSIDE, "value-empty")]),
        (">none<", "><value>9</value><", [("error", OUTSIDE, "item-content")]),
        (">none<", ">&lt;your prefix&gt;<", [("error", OUTSIDE, "placeholder")]),
        (">none<", "><![CDATA[<your prefix>]]><", [("error", OUTSIDE, "placeholder")]),
        (">none<", "><your prefix><", [("error", OUTSIDE, "placeholder")]),
        (">none<", "><YOUR_PREFIX><", [("error", OUTSIDE, "placeholder")]),
        (">none<", "><YOUR_PREFIX/><", [("error", OUTSIDE, "item-content")]),
        # required items
        ('<item [^>]*name="reqUseApi".*?</item>', "", None),
        (">CtiAdapter<", ">1Cti<", [("error", NAME, "internal-name-form")]),
        (">CtiAdapter<", "><", [("error", NAME, "internal-name-form")]),
        (">CtiAdapter<", f">{'a' * 41}<", [("error", NAME, "internal-name-form")]),
        (">CTI Adapter<", "><", [("error", f"{GENERAL}/reqDisplayName", "display-name-form")]),
        (">CTI Adapter<", f">{'a' * 1001}<", [("error", f"{GENERAL}/reqDisplayName", "display-name-form")]),
        ("https://cti.example.com/", "http://cti.example.com/", [("error", URL, "url-https")]),
        ("https://cti.example.com/", "http://localhost:8080/", [("warning", URL, "url-loopback")]),
        ("https://cti.example.com/softphone", "/apex/softphone", []),
        ("https://cti.example.com/softphone", "cti.example.com/softphone", [("error", URL, "url-form")]),
        ("https://cti.example.com/softphone", "//cti.example.com/softphone", [("error", URL, "url-form")]),
        ("https://cti.example.com/softphone", "javascript:alert(1)", [("error", URL, "url-form")]),
        ("https://cti.example.com/softphone", "https://a b/", [("error", URL, "url-form")]),
        ("https://cti.example.com/softphone", "https://[::1", [("error", URL, "url-form")]),
        ("https://cti.example.com/softphone", "https://[2001:db8::1]:8443/x", []),
        ("https://cti.example.com/softphone", "", [("error", URL, "url-form")]),
        ("https://cti.example.com/softphone", "https://domain:port/softphone", [("warning", URL, "url-placeholder")]),
        (">true<", ">false<", [("error", f"{GENERAL}/reqUseApi", "use-api")]),
        (">600<", ">239<", [("error", HEIGHT, "softphone-size")]),
        (">600<", ">240<", []),
        (">600<", ">2560<", []),
        (">600<", ">2561<", [("error", HEIGHT, "softphone-size")]),
        (">600<", ">600px<", [("error", HEIGHT, "softphone-size")]),
        (">400<", ">199<", [("error", WIDTH, "softphone-size")]),
        (">400<", ">200<", []),
        (">400<", ">1920<", []),
        (">400<", ">1921<", [("error", WIDTH, "softphone-size")]),
        (">400<", "><", [("error", WIDTH, "softphone-size")]),
        # mode, standby
        (">Classic_and_Lightning<", ">Lightning<", []),
        (
            ">Classic_and_Lightning<",
            ">lightning<",
            [("error", f"{GENERAL}/reqSalesforceCompatibilityMode", "mode-value")],
        ),
        (
            "reqSalesforceCompatibilityMode",
            "reqSalesforceCompatabilityMode",
            [("error", f"{GENERAL}/reqSalesforceCompatabilityMode", "mode-misspelt")],
        ),
        (
            "reqSalesforceCompatibilityMode",
            "someMode",
            [("warning", f"{GENERAL}/reqSalesforceCompatibilityMode", "mode-missing")],
        ),
        ('name="reqTimeout"', 'name="someTimeout"', [("error", f"{GENERAL}/reqStandbyUrl", "standby-pair")]),
        ('name="reqStandbyUrl"', 'name="someUrl"', [("error", f"{GENERAL}/reqTimeout", "standby-pair")]),
        (">5000<", ">0<", [("error", f"{GENERAL}/reqTimeout", "timeout-value")]),
        (">5000<", ">5s<", [("error", f"{GENERAL}/reqTimeout", "timeout-value")]),
        ("https://two", "http://two", [("error", f"{GENERAL}/reqStandbyUrl", "url-https")]),
        (
            'name="reqTimeout"',
            'name="reqCanvasApiName"',
            [
                ("warning", f"{GENERAL}/reqCanvasApiName", "canvas-lightning"),
                ("error", f"{GENERAL}/reqStandbyUrl", "standby-pair"),
            ],
        ),
    ],
)
def test_each_rule(old: str, new: str, expected: list[tuple[str, str, str]] | None) -> None:
    if expected is not None:
        assert sorted(found(old, new)) == sorted(expected)
    else:
        assert any(severity == "error" for severity, _, _ in found(old, new))


def test_the_first_two_items_and_the_first_section_have_their_places() -> None:
    swapped = VALID.replace('"1" name="reqDisplayName"', '"2" name="reqDisplayName"')
    swapped = swapped.replace('"2" name="reqAdapterUrl"', '"1" name="reqAdapterUrl"')
    assert [problem.rule for problem in check(swapped.encode()).problems] == ["display-name-second"]
    swapped = VALID.replace('"0" name="reqInternalName"', '"2" name="reqInternalName"')
    swapped = swapped.replace('"2" name="reqAdapterUrl"', '"0" name="reqAdapterUrl"')
    assert [problem.rule for problem in check(swapped.encode()).problems] == ["internal-name-first"]
    swapped = VALID.replace('"0" name="reqGeneralInfo"', '"1" name="reqGeneralInfo"')
    swapped = swapped.replace('"1" name="reqDialingOptions"', '"0" name="reqDialingOptions"')
    assert [problem.rule for problem in check(swapped.encode()).problems] == ["general-info-first"]


@pytest.mark.parametrize(
    "name",
    [
        "reqInternalName",
        "reqDisplayName",
        "reqAdapterUrl",
        "reqUseApi",
        "reqSoftphoneHeight",
        "reqSoftphoneWidth",
    ],
)
def test_required_items(name: str) -> None:
    missing = [problem.item for problem in problems(f'name="{name}"', 'name="own"') if problem.rule == "required-item"]
    assert missing == [name]


def test_general_info_is_required() -> None:
    rules = {problem.rule for problem in problems('name="reqGeneralInfo"', 'name="general"')}
    assert "general-info-missing" in rules


def test_a_small_letter_in_the_root_is_told_and_the_rest_is_checked() -> None:
    changed = VALID.replace("callCenter>", "CallCenter>").replace(">600<", ">1<")
    assert [problem.rule for problem in check(changed.encode()).problems] == ["root-element", "softphone-size"]


def test_metadata_under_the_wrong_root() -> None:
    xml = b"<callCenter><adapterUrl>/apex/x</adapterUrl><sections><name>reqGeneralInfo</name></sections></callCenter>"
    assert [problem.rule for problem in check(xml).problems] == ["metadata-format"]


def test_the_hint_for_a_misspelt_item() -> None:
    (problem,) = problems('name="reqOutsidePrefix"', 'name="reqOutsidePrefx"')
    assert "reqOutsidePrefix" in problem.message


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("This XML file does not appear to have any style information associated with it.\n", "browser"),
        ("\n\n- ", "browser"),
        ("Hello ", "Delete everything"),
    ],
)
def test_text_above_the_root(head: str, words: str) -> None:
    body = VALID[VALID.index("<callCenter>") :]
    (problem,) = check((head + body).encode()).problems
    assert problem.rule == "text-above-root"
    assert problem.line == 1 + len(head) - len(head.lstrip("\n"))
    assert words in problem.message


def test_an_ampersand_in_a_url() -> None:
    (problem,) = problems("/softphone<", "/softphone?a=1&b=2<")
    assert (problem.rule, problem.line) == ("not-well-formed", VALID[: VALID.index("/softphone<")].count("\n") + 1)
    assert "&amp;" in problem.message


@pytest.mark.parametrize("xml", [b"", b"\xff\xfe<\x00", b"<a></b>", b"<callCenter><section></callCenter>", b"\x00"])
def test_what_is_not_well_formed_has_line_and_sentence(xml: bytes) -> None:
    report = check(xml)
    assert report.center is None
    assert [problem.severity for problem in report.problems] == ["error"]
    assert report.problems[0].line >= 1
    assert report.problems[0].message.endswith(".")


def test_a_mistake_beside_a_placeholder_is_found_too() -> None:
    changed = VALID.replace("cti.example.com", "<your host>").replace("</callCenter>", "")
    rules = [problem.rule for problem in check(changed.encode()).problems]
    assert rules == ["placeholder", "not-well-formed"]


def test_an_element_with_a_closing_tag_is_no_placeholder() -> None:
    (problem,) = check(b"<callCenter><extra></extra>").problems
    assert problem.rule == "not-well-formed"


def test_windows_line_ends_and_byte_order_mark() -> None:
    assert check(b"\xef\xbb\xbf" + VALID.replace("\n", "\r\n").encode()).problems == ()


def test_too_large() -> None:
    assert [problem.rule for problem in check(b" " * (MAX_BYTES + 1)).problems] == ["too-large"]


def test_many_problems_are_cut() -> None:
    items = "".join(f'<item sortOrder="{n}" name="req{n}"/>' for n in range(2000))
    xml = f'<callCenter><section sortOrder="0" name="x">{items}</section></callCenter>'
    assert len(check(xml.encode()).problems) == 500


@given(st.binary(max_size=200) | st.text(alphabet="<>/!?-[]=\"' \nacCeilmnost&;", max_size=80).map(str.encode))
def test_no_bytes_raise(xml: bytes) -> None:
    report = check(xml)
    assert report.problems
    assert {problem.rule for problem in report.problems} <= set(RULES)


@given(st.integers(0, len(VALID)), st.integers(0, 30), st.text(alphabet='<>/"= &aA0', max_size=6))
def test_no_damage_to_a_valid_file_raises(start: int, length: int, text: str) -> None:
    damaged = VALID[:start] + text + VALID[start + length :]
    for problem in check(damaged.encode()).problems:
        assert 1 <= problem.line <= damaged.count("\n") + 1
        assert problem.message
        assert problem.source


def test_every_rule_is_documented_for_the_admin() -> None:
    page = (ROOT / "docs/salesforce-admin/call-center.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (error|warning) \|", page, flags=re.MULTILINE))
    assert rows == {rule: severity for rule, (severity, _) in RULES.items()}
