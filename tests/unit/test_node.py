"""What one relay node makes of its configuration and registry before anything runs."""

import pytest
from msgspec.structs import replace

from cti_adapter.bootstrap.node import RelayNode, oidc_secrets
from cti_adapter.bootstrap.site import Site
from cti_adapter.config import Config, ConfigurationError
from cti_adapter.domain.organization import Organization, SignInMode
from fakes.registry import BY_NAME, MemoryRegistry

PUBLIC = Config(host="0.0.0.0")
ACME = Organization(id="acme", name="Acme", sign_in=SignInMode.APEX)


def node(config: Config, *records: Organization) -> RelayNode:
    registry = MemoryRegistry(*records) if records else EmptyRegistry()
    return RelayNode(config, registry, Site(config))


class EmptyRegistry(MemoryRegistry):
    """Nobody has told it anything."""

    def __init__(self) -> None:
        super().__init__(BY_NAME)
        self.remove(BY_NAME)


def test_names_alone_are_refused_on_an_address_that_others_can_reach() -> None:
    for records in ((), (BY_NAME,), (ACME, replace(ACME, id="lab", sign_in=SignInMode.ID))):
        with pytest.raises(ConfigurationError, match="anybody who knows a login name"):
            node(PUBLIC, *records)


def test_unless_told_twice_or_nobody_signs_in_so() -> None:
    assert node(PUBLIC, ACME)
    assert node(PUBLIC, ACME, replace(BY_NAME, active=False))
    assert node(Config(host="0.0.0.0", sign_in_by_id_on_public_address=True), BY_NAME)
    assert node(Config(), BY_NAME)


def test_a_registry_that_knows_nobody_has_the_demonstration() -> None:
    assert node(Config()).picture().organization("default") is not None
    assert node(Config(), ACME).picture().organization("default") is None


def test_client_secrets_come_from_the_environment() -> None:
    picture = MemoryRegistry(replace(ACME, id="acme-east"), ACME).snapshot()
    environ = {"CTI_SECRET_OIDC_ACME_EAST": "secret", "CTI_SECRET_OIDC_OTHER": "unused"}
    assert oidc_secrets(environ, picture) == {"acme-east": "secret"}
