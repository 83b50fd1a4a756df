"""The items of OWASP ASVS 5.0.0 that matter most here, and which tests hold each of them.

The table is checked: a test that is renamed or removed has to be replaced here. What no other file tests is below.
"""

import logging
import re
import secrets

import pytest

from cti_adapter.application.relay import Relay
from cti_adapter.application.sessions import BEARER_BYTES
from cti_adapter.domain.agent import AgentKey
from cti_adapter.relay.app import create_relay_app
from fakes.clock import FakeClock
from fakes.relay_server import Client, relay_parts, served
from fakes.relay_world import by_name
from support.named_tests import is_there

TABLE: dict[str, tuple[str, ...]] = {
    "8.2.2 own, another agent, another organization": (
        "tests/security/test_isolation.py::test_8_2_2_a_call_of_somebody_else_is_one_that_never_was",
        "tests/security/test_isolation.py::test_8_2_2_what_is_told_without_naming_a_call",
        "tests/security/test_isolation.py::test_every_operation_of_a_session_is_looked_at",
    ),
    "8.4.1 equal names in two organizations": (
        "tests/unit/application/test_relay_isolation.py::test_a_hundred_thousand_operations_never_show_anybody_a_foreign_call",
        "tests/unit/relay/test_cut_polls.py::test_a_hundred_thousand_cut_polls_give_nothing_to_a_wrong_owner",
        "tests/e2e/test_tabs.py::test_two_orgs_in_one_browser_never_meet",
    ),
    "8.2.1, 8.3.1 connectors and pages": (
        "tests/security/test_isolation.py::test_8_3_1_connectors_do_not_poll_and_pages_do_not_publish",
        "tests/security/test_isolation.py::test_8_3_1_a_connector_speaks_for_its_own_organization_only",
    ),
    "8.3.2 deactivating ends the parked poll": (
        "tests/processes/test_revocation.py::test_7_4_withdrawn_everywhere_and_the_parked_poll_is_answered",
    ),
    "15.4.2 asked again at delivery": (
        "tests/security/test_isolation.py::test_15_4_2_who_may_have_it_is_asked_when_it_is_handed_over",
    ),
    "9.1.1-9.1.3 algorithms and keys of tokens": (
        "tests/security/test_tokens.py::test_a_forged_token",
        "tests/security/test_oidc_forgeries.py::test_a_forged_id_token",
    ),
    "9.2.1-9.2.4 times, issuer and audience of tokens": (
        "tests/security/test_tokens.py::test_clocks_may_differ_by_a_minute",
        "tests/security/test_tokens.py::test_a_token_is_of_use_once",
    ),
    "10.1.2, 10.2.1 code in the wrong hands": (
        "tests/security/test_oidc.py::test_a_code_in_the_wrong_hands",
        "tests/security/test_oidc.py::test_a_code_is_of_use_once",
        "tests/security/test_oidc.py::test_handing_the_code_over_without_an_opener",
    ),
    "10.2.2, 10.5.1-10.5.4 another provider, client or nonce": (
        "tests/security/test_oidc.py::test_a_provider_that_says_to_be_somebody_else",
        "tests/security/test_oidc.py::test_a_code_for_another_client_of_the_same_provider",
        "tests/security/test_oidc_forgeries.py::test_a_provider_that_makes_no_sense",
    ),
    "10.3.3, 10.5.2 who it is, is issuer and subject": (
        "tests/unit/application/test_sign_in.py::test_a_person_renamed_in_salesforce_stays_the_same_agent",
        "tests/unit/application/test_sign_in.py::test_somebody_else_who_gets_an_old_login_name_gets_nothing_with_it",
    ),
    "7.2.3, 11.5.1 session ids": ("tests/security/test_asvs.py::test_7_2_3_a_million_session_ids",),
    "7.2.4, 7.3.1, 7.3.2 new at each sign-in, idle and absolute end": (
        "tests/security/test_asvs.py::test_7_2_4_each_sign_in_has_a_session_of_its_own",
        "tests/unit/application/test_relay_sessions.py::test_a_session_slides_15_minutes_and_ends_after_12_hours",
        "tests/unit/application/test_relay_sessions.py::test_an_unused_session_ends_after_15_minutes",
    ),
    "7.4.1, 7.4.2, 7.4.5 ended on every node": (
        "tests/processes/test_revocation.py::test_7_4_withdrawn_everywhere_and_the_parked_poll_is_answered",
        "tests/unit/application/test_sign_in.py::test_signed_out_by_an_administrator_and_back_by_a_new_proof",
    ),
    "14.2.1 nothing in addresses": ("tests/e2e/test_sign_in_whole.py::test_salesforce_signs_and_nobody_is_asked",),
    "14.3.1-14.3.3 nothing kept by the browser": (
        "tests/security/test_headers.py::test_14_3_what_is_told_is_not_kept",
        "tests/e2e/test_sign_in_whole.py::test_a_personal_token_and_a_second_tab_without_it",
    ),
    "3.4 headers of every answer": (
        "tests/security/test_headers.py::test_3_4_every_answer",
        "tests/security/test_headers.py::test_3_4_scripts_need_a_nonce_that_is_new_each_time",
    ),
    "3.4.2, 3.5.1-3.5.3 other origins": (
        "tests/security/test_headers.py::test_3_5_who_may_read_is_one_list",
        "tests/security/test_headers.py::test_3_5_changes_need_json_and_a_bearer",
    ),
    "3.5.5 messages from elsewhere": ("tests/js/softphone_sign_in_window.test.mjs::10,000",),
    "2.2.1, 2.2.2, 15.3.3 closed schemas": ("tests/unit/relay/test_openapi.py::test_a_fuzzer_finds_no_fault",),
    "2.4.1, 15.2.2 limits": (
        "tests/security/test_limits.py::test_2_4_a_session",
        "tests/security/test_limits.py::test_2_4_an_organization_does_not_slow_another",
        "tests/security/test_limits.py::test_2_4_somebody_who_shows_nothing",
    ),
    "4.1.3, 4.2.1 requests that two read differently": (
        "tests/proxies/test_smuggling.py::test_the_relay_refuses",
        "tests/proxies/test_smuggling.py::test_through_a_proxy",
        "tests/proxies/test_proxies.py::test_what_a_client_says_of_itself_is_replaced",
        "tests/unit/relay/test_forwarded.py::test_from_anybody_else_they_are_as_if_not_sent",
    ),
    "12.1.1, 12.3.1-12.3.5 TLS": (
        "tests/unit/relay/test_tls.py::test_only_tls_1_2_and_1_3",
        "tests/proxies/test_proxies.py::test_tls_between_proxy_and_relay",
    ),
    "16.2.5, 16.4.1, 16.5.1 nothing personal in logs and errors": (
        "tests/unit/test_logs.py::test_a_hundred_thousand_numbers_through_every_line_of_the_program",
        "tests/unit/test_logs.py::test_control_characters_forge_nothing",
        "tests/unit/test_logs.py::test_no_secret",
        "tests/processes/test_nothing_kept.py::test_a_thousand_calls_leave_nothing_in_any_file",
    ),
    "15.1.2, 15.2.4, 13.3.1, 13.4.2 parts, pins and secrets": (
        "tests/processes/test_audit.py::test_what_a_release_consists_of",
        "tests/processes/test_audit.py::test_what_is_planted_is_found",
        "tests/processes/test_audit.py::test_nothing_is_found_here",
    ),
    "6.2, 6.3.1 passwords of administrators": (
        "tests/unit/web/admin/test_sign_in.py::test_wrong_login_and_wrong_password_are_told_alike",
        "tests/unit/web/admin/test_provider_sign_in.py::test_what_did_not_begin_here_does_not_end_here",
    ),
    "16.3.1, 16.3.2 sign-ins in the log": ("tests/security/test_asvs.py::test_16_3_sign_ins_are_logged_without_names",),
}


@pytest.mark.parametrize("test", sorted({test for tests in TABLE.values() for test in tests}))
def test_the_table_names_tests_that_are_there(test: str) -> None:
    assert is_there(test)


def test_7_2_3_a_million_session_ids() -> None:
    """256 bits of the operating system's generator, never twice."""
    assert BEARER_BYTES * 8 == 256
    made = {secrets.token_urlsafe(BEARER_BYTES) for _ in range(1_000_000)}
    assert len(made) == 1_000_000
    relay = Relay(FakeClock())
    session = relay.sign_in(by_name(relay, AgentKey("acme", "alice"))).session
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", session)


def test_7_2_4_each_sign_in_has_a_session_of_its_own() -> None:
    relay = Relay(FakeClock())
    alice = AgentKey("acme", "alice")
    sessions = {relay.sign_in(by_name(relay, alice)).session for _ in range(20)}
    assert len(sessions) == 20


async def test_16_3_sign_ins_are_logged_without_names(caplog: pytest.LogCaptureFixture) -> None:
    """Who, as far as it is told: the registry's id, never the login or what was shown."""
    async with served(create_relay_app(relay_parts(Relay(FakeClock())))) as client:
        with caplog.at_level(logging.INFO):
            await client.post("/v1/sessions", {"mode": "id", "agent": "secret-alice"})
            await client.post("/v1/sessions", {"mode": "token", "token": "ctp_secret"})
            await Client(client.url, client.http).post("/v1/poll", {}, Authorization="Bearer guess")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("cti.")]
    assert "sign-in: organization default, mode id, agent not listed" in lines
    assert any(line.startswith("sign-in refused: organization default, mode token: ") for line in lines)
    assert any(re.match(r"POST poll 401 in \d+ ms", line) for line in lines)
    assert "secret" not in "".join(lines)
