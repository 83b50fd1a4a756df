"""Forwarded headers: believed from the proxies that are configured and from nobody else, by relay and pages alike."""

from collections.abc import Sequence
from typing import Any

import pytest

from cti_adapter.relay.forwarded import HSTS
from cti_adapter.relay.server import Front
from fakes.echo import echo_app
from fakes.relay_server import Answer, served

HERE = "127.0.0.1"


async def told(path: str, trusted: Sequence[str], headers: Any) -> Answer:
    async with served(echo_app(), Front(trusted_proxies=trusted)) as client:
        return await client.request("GET", path, headers=headers)


pytestmark = pytest.mark.parametrize("path", ["/v1/echo", "/page"])


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.66, 198.51.100.7", "198.51.100.7"),
        ("203.0.113.66, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("203.0.113.66,198.51.100.7,10.1.2.3, 10.1.2.4", "198.51.100.7"),
        ("198.51.100.7:51234", "198.51.100.7"),
        ("[2001:db8::7]:51234", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("unknown", HERE),
        ("198.51.100.7, unknown", HERE),
        ("_hidden, 10.1.2.3", HERE),
        ("", HERE),
        (",", HERE),
        ("198.51.100.7; DROP", HERE),
    ],
)
async def test_the_rightmost_address_that_is_no_proxy_of_ours_counts(
    path: str, forwarded_for: str, client: str
) -> None:
    answer = await told(path, [HERE, "10.0.0.0/8"], {"X-Forwarded-For": forwarded_for})
    assert answer.json["client"] == client
    assert "forwarded" not in str(answer.json["headers"]).lower()


async def test_several_lines_are_one_list(path: str) -> None:
    lines = [("X-Forwarded-For", "203.0.113.66"), ("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-For", "10.1.2.3")]
    answer = await told(path, [HERE, "10.0.0.0/8"], lines)
    assert answer.json["client"] == "198.51.100.7"


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https", "https"), ("http", "http"), ("https, http", "http"), ("ftp", "http"), ("", "http"), ("HTTPS", "http")],
)
async def test_tls_at_the_proxy(path: str, proto: str, scheme: str) -> None:
    answer = await told(path, [HERE], {"X-Forwarded-Proto": proto})
    assert answer.json["scheme"] == scheme
    assert answer.headers.get("strict-transport-security") == (HSTS if scheme == "https" else None)


CLAIMS = {
    "X-Forwarded-For": "203.0.113.66",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "203.0.113.66",
    "X-Forwarded-Port": "66",
    "X_Forwarded_For": "203.0.113.66",
    "X-Real-IP": "203.0.113.66",
    "Forwarded": "for=203.0.113.66;proto=https",
}


@pytest.mark.parametrize("trusted", [[], ["192.0.2.1", "10.0.0.0/8"]], ids=["nobody", "others"])
async def test_from_anybody_else_they_are_as_if_not_sent(path: str, trusted: list[str]) -> None:
    answer = await told(path, trusted, CLAIMS)
    assert (answer.json["client"], answer.json["scheme"]) == (HERE, "http")
    assert "203.0.113.66" not in answer.text
    assert "strict-transport-security" not in answer.headers


async def test_the_standards_own_header_is_believed_from_nobody(path: str) -> None:
    answer = await told(path, [HERE], {"Forwarded": CLAIMS["Forwarded"], "X-Forwarded-For": "198.51.100.7"})
    assert (answer.json["client"], answer.json["scheme"]) == ("198.51.100.7", "http")
    assert "203.0.113.66" not in answer.text


async def test_names_with_underscores_do_not_pass_for_others(path: str) -> None:
    answer = await told(path, [HERE], {"X_Forwarded_For": "203.0.113.66", "Remote_User": "mallory"})
    assert answer.json["client"] == HERE
    assert "mallory" not in answer.text
