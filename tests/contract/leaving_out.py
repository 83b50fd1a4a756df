"""Leaves out the contract's tests of commands that a phone system does not have; its refusals are tested instead."""

import pytest

from .suite import ConnectorContract


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, not skip: nothing is missing that could be there."""
    left_out = [item for item in items if _missing(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _missing(item: pytest.Item) -> bool:
    contract = getattr(item, "cls", None)
    if contract is None or not issubclass(contract, ConnectorContract):
        return False
    needed = {verb for marker in item.iter_markers("needs") for verb in marker.args}
    return not needed <= contract.harness_class.supported
