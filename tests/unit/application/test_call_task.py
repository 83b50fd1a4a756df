"""The Task that the server writes says the same as the page's."""

import re
from datetime import UTC
from pathlib import Path

import pytest
from msgspec.structs import replace

from cti_adapter.application.call_task import task_of
from cti_adapter.domain.call import Cause
from fakes.relay_world import ringing

ROOT = Path(__file__).resolve().parents[3]
ENGLISH = dict(re.findall(r'"cause\.(\w+)": "([^"]+)"', (ROOT / "static/js/messages/en.js").read_text("utf-8")))


@pytest.mark.parametrize("cause", list(Cause))
def test_every_end_of_a_call_has_the_words_of_the_panel(cause: Cause) -> None:
    task = task_of(replace(ringing(), cause=cause), None, None, UTC)
    assert task["CallDisposition"] == ENGLISH[cause]
