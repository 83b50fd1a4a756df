"""Our own definition: what it holds, which options it refuses, and that the file in the repository is what it makes."""

from pathlib import Path

import pytest

from cti_adapter.domain.call_center.definition import DefinitionError, DefinitionOptions, build_definition, is_loopback
from cti_adapter.domain.call_center.document import document_for
from cti_adapter.domain.call_center.rules import check

ROOT = Path(__file__).resolve().parents[4]
URL = "https://cti.example.com/softphone"


def value(options: DefinitionOptions, item: str, section: str = "reqGeneralInfo") -> str | None:
    return build_definition(options).value(section, item)


def test_the_file_at_the_root_is_what_the_code_makes_and_has_no_problem() -> None:
    document = (ROOT / "callcenter.xml").read_bytes()
    assert document == document_for(DefinitionOptions(URL))
    assert check(document).problems == ()


def test_the_names_of_the_items_are_salesforces_own() -> None:
    center = build_definition(DefinitionOptions(URL))
    assert [(section.name, [item.name for item in section.items]) for section in center.sections[:2]] == [
        (
            "reqGeneralInfo",
            [
                "reqInternalName",
                "reqDisplayName",
                "reqAdapterUrl",
                "reqUseApi",
                "reqSoftphoneHeight",
                "reqSoftphoneWidth",
                "reqSalesforceCompatibilityMode",
            ],
        ),
        ("reqDialingOptions", ["reqOutsidePrefix", "reqLongDistPrefix", "reqInternationalPrefix"]),
    ]


def test_every_option_reaches_its_item() -> None:
    options = DefinitionOptions(
        "https://one.example.org/phone",
        standby_url="https://two.example.org/phone",
        timeout_ms=5000,
        internal_name="Acme1",
        display_name="Telefon & Co",
        width=320,
        height=480,
        mode="Classic_and_Lightning",
    )
    found = {item.name: item.value for item in build_definition(options).sections[0].items}
    assert found == {
        "reqInternalName": "Acme1",
        "reqDisplayName": "Telefon & Co",
        "reqAdapterUrl": "https://one.example.org/phone",
        "reqUseApi": "true",
        "reqSoftphoneHeight": "480",
        "reqSoftphoneWidth": "320",
        "reqSalesforceCompatibilityMode": "Classic_and_Lightning",
        "reqStandbyUrl": "https://two.example.org/phone",
        "reqTimeout": "5000",
    }
    assert check(document_for(options)).problems == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://cti.example.com", "https://cti.example.com/softphone"),
        ("https://cti.example.com:8443/", "https://cti.example.com:8443/softphone"),
        ("https://cti.example.com/team/phone", "https://cti.example.com/team/phone"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/softphone"),
    ],
)
def test_an_address_that_names_a_server_only_gets_the_softphones_path(url: str, expected: str) -> None:
    assert value(DefinitionOptions(url), "reqAdapterUrl") == expected


@pytest.mark.parametrize(
    ("given", "option", "words"),
    [
        ({"url": "http://cti.example.com"}, "url", "https"),
        ({"url": "cti.example.com"}, "url", "absolute URL"),
        ({"url": ""}, "url", "absolute URL"),
        ({"url": "/apex/softphone"}, "url", "absolute URL"),
        ({"url": "https://<your domain>/x"}, "url", "characters"),
        ({"url": "https://cti.example.com/a\nb"}, "url", "characters"),
        ({"url": "https://cti.example.com:port/"}, "url", "not a URL"),
        ({"url": "https://[::1/"}, "url", "not a URL"),
        ({"url": "https://user:secret@cti.example.com/"}, "url", "password"),
        ({"standby_url": "https://two.example.org"}, "standby_url", "timeout_ms"),
        ({"timeout_ms": 5000}, "timeout_ms", "standby_url"),
        ({"standby_url": "https://two.example.org", "timeout_ms": -1}, "timeout_ms", "greater than 0"),
        ({"standby_url": "http://two.example.org", "timeout_ms": 1}, "standby_url", "https"),
        ({"internal_name": "1Acme"}, "internal_name", "letter"),
        ({"internal_name": "Acme Phone"}, "internal_name", "letters"),
        ({"internal_name": "Äcme"}, "internal_name", "letters"),
        ({"internal_name": "a" * 41}, "internal_name", "40"),
        ({"display_name": " "}, "display_name", "1000"),
        ({"display_name": "a" * 1001}, "display_name", "1000"),
        ({"display_name": "a\x01"}, "display_name", "one line"),
        ({"width": 199}, "width", "200 to 1920"),
        ({"width": 1921}, "width", "200 to 1920"),
        ({"height": 239}, "height", "240 to 2560"),
        ({"height": 2561}, "height", "240 to 2560"),
        ({"mode": "lightning"}, "mode", "Classic_and_Lightning"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(given: dict[str, object], option: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words) as caught:
        DefinitionOptions(**{"url": URL, **given})  # type: ignore[arg-type]
    assert caught.value.option == option


def test_a_refused_password_is_not_repeated() -> None:
    with pytest.raises(DefinitionError) as caught:
        DefinitionOptions("https://user:secret@cti.example.com/")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost:8080", "cti.localhost", "127.0.0.1:1", "127.8.8.8", "[::1]:8080"])
def test_plain_http_on_this_machine_is_a_warning(host: str) -> None:
    options = DefinitionOptions(f"http://{host}/softphone")
    assert [warning.option for warning in options.warnings] == ["url"]
    assert [problem.rule for problem in check(document_for(options)).problems] == ["url-loopback"]


def test_https_needs_no_warning() -> None:
    assert DefinitionOptions(URL).warnings == ()


@pytest.mark.parametrize("host", ["localhost.example.com", "10.0.0.1", "notlocalhost", "", "example.com"])
def test_other_hosts_are_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_classic_alone_takes_plain_http() -> None:
    assert value(DefinitionOptions("http://cti.example.com/x", mode="Classic"), "reqAdapterUrl")
