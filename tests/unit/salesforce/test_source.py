"""What is deployed into an org: well-formed, of one API version, and its parts know each other by their names."""

import re
from xml.etree import ElementTree

import pytest

from support.processes import ROOT

SOURCE = ROOT / "salesforce"
METADATA = sorted(SOURCE.rglob("*-meta.xml"))
SF = "{http://soap.sforce.com/2006/04/metadata}"
BRIDGE = (SOURCE / "lwc/ctiOmniBridge/ctiOmniBridge.js").read_text("utf-8")
AURA = SOURCE / "aura/ctiOmniChannel"


def fields(channel: str) -> set[str]:
    root = ElementTree.parse(SOURCE / f"messageChannels/{channel}.messageChannel-meta.xml")
    return {str(field.text) for field in root.iter(SF + "fieldName")}


@pytest.mark.parametrize("path", METADATA, ids=lambda path: path.name)
def test_metadata_is_of_one_version(path: object) -> None:
    root = ElementTree.parse(str(path)).getroot()
    assert root.tag.startswith(SF)
    versions = [version.text for version in root.iter(SF + "apiVersion")]
    assert versions in ([], ["66.0"])


def test_every_class_and_component_has_its_metadata() -> None:
    parts = [*SOURCE.glob("classes/*.cls"), *SOURCE.glob("lwc/*/*.js"), *SOURCE.glob("aura/*/*.cmp")]
    assert len(parts) >= 6
    for part in parts:
        assert part.with_name(f"{part.name}-meta.xml").is_file()


def test_the_presence_channel_has_the_fields_that_are_told() -> None:
    panel = (ROOT / "static/js/omni/sync.js").read_text("utf-8")
    records = re.findall(r"tell\(\{([^}]*)\}", BRIDGE + panel)
    told = {re.split(r"\W", part.strip())[0] for record in records for part in record.split(",")}
    heard = set(re.findall(r"message\??\.(\w+)", BRIDGE + panel))
    assert told == fields("CtiPresence")
    assert heard <= told


def test_the_call_channel_has_the_fields_that_are_told() -> None:
    messaging = (ROOT / "static/js/messaging.js").read_text("utf-8")
    record = messaging.partition("return {\n    type:")[2].partition("};")[0]
    told = {"type", *re.findall(r"^    (\w+):", record, re.MULTILINE)}
    asked = {"number", "recordName", "objectType"}
    assert told | asked == fields("CtiCall")


def test_aura_and_the_bridge_know_each_other() -> None:
    controller = "".join(path.read_text("utf-8") for path in AURA.glob("*.js"))
    offered = set(re.findall(r"@api\s+(\w+)\(", BRIDGE))
    assert set(re.findall(r'find\("bridge"\)\s*\.(\w+)\(', controller)) == offered
    markup = ElementTree.fromstring(
        (AURA / "ctiOmniChannel.cmp")
        .read_text("utf-8")
        .replace("aura:", "aura-")
        .replace("lightning:", "l-")
        .replace("c:", "c-")
    )
    (bridge,) = markup.iter("c-ctiOmniBridge")
    listened = {name.removeprefix("on") for name in bridge.attrib if name.startswith("on")}
    assert listened == set(re.findall(r'_ask\("(\w+)"', BRIDGE))
    handled = set(re.findall(r"\{! c[.-](\w+) \}", ElementTree.tostring(markup, "unicode")))
    assert handled == set(re.findall(r"^  (\w+): function", (AURA / "ctiOmniChannelController.js").read_text(), re.M))
