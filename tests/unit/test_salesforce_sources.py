"""What is deployed to Salesforce fits together: no org is at hand that would refuse a name which is wrong."""

import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "salesforce"
AURA = SOURCES / "aura/ctiOmniChannel"
BRIDGE = (SOURCES / "lwc/ctiOmniBridge/ctiOmniBridge.js").read_text("utf-8")
PANEL = (ROOT / "static/js/omni/sync.js").read_text("utf-8")
MARKUP = sorted(path for pattern in ("*.xml", "*.cmp") for path in SOURCES.rglob(pattern))
METADATA = "{http://soap.sforce.com/2006/04/metadata}"


def names(pattern: str, text: str) -> set[str]:
    return set(re.findall(pattern, text))


@pytest.mark.parametrize("path", MARKUP, ids=lambda path: path.name)
def test_markup_is_well_formed(path: Path) -> None:
    text = path.read_text("utf-8")
    # Aura's markup binds no prefixes: aura, lightning and c are namespaces of Salesforce's own.
    bound = text.replace("<aura:component ", '<aura:component xmlns:aura="a" xmlns:lightning="l" xmlns:c="c" ', 1)
    etree.fromstring((bound if path.suffix == ".cmp" else text).encode())


def test_all_sources_are_of_one_version() -> None:
    found = {path: names(r"<apiVersion>(.*)</apiVersion>", path.read_text("utf-8")) for path in MARKUP}
    project = (ROOT / "sfdx-project.json").read_text("utf-8")
    assert {version for versions in found.values() for version in versions} == names(
        r'"sourceApiVersion": "(.*)"', project
    )
    for source in (*SOURCES.rglob("*.cls"), *SOURCES.rglob("*.cmp"), SOURCES / "lwc/ctiOmniBridge/ctiOmniBridge.js"):
        assert source.with_name(f"{source.name}-meta.xml").exists(), source


def test_aura_and_the_web_component_call_each_other_by_real_names() -> None:
    component = (AURA / "ctiOmniChannel.cmp").read_text("utf-8")
    controller = (AURA / "ctiOmniChannelController.js").read_text("utf-8")
    assert names(r"\{!c\.(\w+)\}", component) == names(r"\n    (\w+): function", controller)
    (bridge,) = re.findall(r"<c:(\w+)([^/]*)/>", component)
    assert bridge[0] == "ctiOmniBridge"
    assert names(r'\bon(\w+)="', bridge[1]) == names(r'CustomEvent\("(\w+)"', BRIDGE)
    called = names(r"bridge\.(\w+)\(", controller) | names(r'find\("bridge"\)\.(\w+)\(', controller)
    assert called == names(r"@api (\w+)\(", BRIDGE)


def test_the_channel_has_the_fields_that_are_sent() -> None:
    channel = etree.parse(SOURCES / "messageChannels/CtiPresence.messageChannel-meta.xml")
    fields = [field.text for field in channel.iter(f"{METADATA}fieldName")]
    sent = [pair for text in (BRIDGE, PANEL) for pair in re.findall(r"publish\(\{(.*?)\}\)", text, flags=re.S)]
    assert len(sent) == 4
    assert sorted(fields) == sorted({part.split(":")[0].strip() for pair in sent for part in pair.split(",")})


def test_the_web_component_asks_apex_for_what_it_has() -> None:
    (asked,) = names(r"@salesforce/apex/(\w+\.\w+)", BRIDGE)
    apex, method = asked.split(".")
    text = (SOURCES / f"classes/{apex}.cls").read_text("utf-8")
    assert re.search(rf"@AuraEnabled\(cacheable=true\)\s+public static [\w<>, ]+ {method}\(\)", text)
    told = names(r"'(\w+)' =>", text)
    assert names(r"found\.(\w+)", BRIDGE) | names(r"\.find\(\(\{ (\w+) \}\)", BRIDGE) == told
