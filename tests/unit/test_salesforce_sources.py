"""What is deployed to Salesforce fits together: no org is at hand that would refuse a name which is wrong."""

import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "salesforce"
APPS = ROOT / "salesforce-apps"
CLASSES = SOURCES / "classes"
AURA = SOURCES / "aura/ctiOmniChannel"
BRIDGE = (SOURCES / "lwc/ctiOmniBridge/ctiOmniBridge.js").read_text("utf-8")
PANEL = (ROOT / "static/js/omni/sync.js").read_text("utf-8")
MARKUP = sorted(path for top in (SOURCES, APPS) for pattern in ("*.xml", "*.cmp") for path in top.rglob(pattern))
METADATA = "{http://soap.sforce.com/2006/04/metadata}"
#: The components of an External Client App: folder, suffix, root element (Metadata API guide, External Client Apps).
APP_PARTS = (
    ("externalClientApps", "eca", "ExternalClientApplication"),
    ("extlClntAppOauthSettings", "ecaOauth", "ExtlClntAppOauthSettings"),
    ("extlClntAppGlobalOauthSets", "ecaGlblOauth", "ExtlClntAppGlobalOauthSettings"),
)


def names(pattern: str, text: str) -> set[str]:
    return set(re.findall(pattern, text))


def told(path: Path) -> dict[str, list[str]]:
    """The texts in a file of metadata, by the names of their elements."""
    found: dict[str, list[str]] = {}
    for element in etree.parse(path).iter(f"{METADATA}*"):
        if element.text and element.text.strip():
            found.setdefault(etree.QName(element).localname, []).append(element.text)
    return found


def apex(name: str) -> str:
    return (CLASSES / f"{name}.cls").read_text("utf-8")


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
    name, method = asked.split(".")
    text = apex(name)
    assert re.search(rf"@AuraEnabled\(cacheable=true\)\s+public static [\w<>, ]+ {method}\(\)", text)
    keys = names(r"'(\w+)' =>", text)
    assert names(r"found\.(\w+)", BRIDGE) | names(r"\.find\(\(\{ (\w+) \}\)", BRIDGE) == keys


def test_the_permission_set_gives_access_to_what_agents_call() -> None:
    granted = told(SOURCES / "permissionsets/CtiAgent.permissionset-meta.xml")["apexClass"]
    called = {path.stem for path in CLASSES.glob("*.cls") if re.search(r"webService|@AuraEnabled", path.read_text())}
    assert granted == sorted(called)


def test_every_class_that_agents_call_is_tested() -> None:
    # Salesforce deploys to a production org only what its tests cover.
    for path in CLASSES.glob("*.cls"):
        if not path.stem.endswith("Test"):
            assert f"{path.stem}." in apex(f"{path.stem}Test"), path.name
            assert "@IsTest" in apex(f"{path.stem}Test")


def test_the_page_runs_methods_that_there_are() -> None:
    page = (ROOT / "static/js/salesforce/apex.js").read_text("utf-8")
    called = re.findall(r'run\("(\w+)", "(\w+)"', page)
    assert len(called) >= 6
    for name, method in called:
        assert re.search(rf"webService static \w+ {method}\(", apex(name)), (name, method)


def test_the_settings_of_the_sign_in_are_those_of_their_type() -> None:
    fields = SOURCES / "objects/CtiSignIn__mdt/fields"
    known = {path.name.removesuffix(".field-meta.xml") for path in fields.iterdir()}
    for name in known:
        assert told(fields / f"{name}.field-meta.xml")["fullName"] == [name]
    assert told(SOURCES / "customMetadata/CtiSignIn.Default.md-meta.xml")["field"] == sorted(known)
    for name in ("CtiSignIn", "CtiSignInTest"):
        assert names(r"\b(\w+__c)\b", apex(name)) == known
        assert names(r"\b(\w+__mdt)\b", apex(name)) == {"CtiSignIn__mdt"}
    assert "CtiSignIn__mdt.getInstance('Default')" in apex("CtiSignIn")


def test_the_sign_in_asks_no_parameter_who_somebody_is() -> None:
    (parameters,) = re.findall(r"webService static \w+ \w+\((.*?)\)", apex("CtiSignIn"))
    assert parameters == "String nonce"


@pytest.mark.parametrize("folder", sorted(path for path in APPS.iterdir()), ids=lambda path: path.name)
def test_the_parts_of_an_external_client_app_belong_together(folder: Path) -> None:
    (app,) = (path.name.removesuffix(".eca-meta.xml") for path in (folder / "externalClientApps").iterdir())
    assert {path.name for path in folder.iterdir()} == {part[0] for part in APP_PARTS}
    for name, suffix, root in APP_PARTS:
        (part,) = (folder / name).iterdir()
        assert part.name.endswith(f".{suffix}-meta.xml")
        assert etree.QName(etree.parse(part).getroot()).localname == root
        assert told(part)["label"]
        if suffix != "eca":
            assert told(part)["externalClientApplication"] == [app]
            # Salesforce makes them; in a file they would be a secret that everybody has.
            assert not told(part).keys() & {"consumerKey", "consumerSecret", "certificate"}


def test_the_app_of_the_sign_in_may_tell_who_somebody_is_and_nothing_else() -> None:
    oauth = told(APPS / "oidc/extlClntAppOauthSettings/CtiSoftphone_oauth.ecaOauth-meta.xml")
    assert oauth["commaSeparatedOauthScopes"] == ["OpenID"]
    settings = told(APPS / "oidc/extlClntAppGlobalOauthSets/CtiSoftphone_global.ecaGlblOauth-meta.xml")
    assert settings["callbackUrl"] == ["https://cti.example.com/sign-in/done"]
    assert (settings["isPkceRequired"], settings["isConsumerSecretOptional"]) == (["true"], ["true"])
