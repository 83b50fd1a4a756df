"""A real OpenID Connect provider as a process, and somebody who signs in there as a browser would."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp

from .processes import free_port

ROOT = Path(__file__).resolve().parents[2]
REDIRECT_URI = "https://relay.example/sign-in/done"


class Provider:
    """``with Provider() as provider``: runs until the end of the block."""

    def __init__(self, redirect_uri: str = REDIRECT_URI) -> None:
        self.port = free_port()
        self.issuer = f"http://localhost:{self.port}"
        self.redirect_uri = redirect_uri

    def __enter__(self) -> Self:
        program = ROOT / "tests/support/oidc_provider.mjs"
        node = Path(sys.executable).parent / "node"
        command = [str(node), str(program), str(self.port), self.redirect_uri]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ}
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        while line and line.strip() != "ready":
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the provider does not start; is oidc-provider installed (make test)?")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()

    async def rotate(self) -> None:
        """Another signing key; the old one is gone."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.issuer}/rotate") as response:
            assert response.status == 200

    async def sign_in(self, authorize_url: str, login: str) -> dict[str, str]:
        """Go there as a browser, sign in, agree; returns what stands in the address to which one is sent back."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False)) as session:
            address, form = authorize_url, None
            for _ in range(12):
                if address.startswith(self.redirect_uri):
                    return dict(parse_qsl(urlsplit(address).query))
                method = "POST" if form is not None else "GET"
                async with session.request(method, address, data=form, allow_redirects=False) as response:
                    page, form = await response.text(), None
                    if location := response.headers.get("Location"):
                        address = urljoin(address, location)
                        continue
                action = re.search(r'action="([^"]+)"', page)
                prompt = re.search(r'name="prompt" value="([^"]+)"', page)
                if action is None or prompt is None:
                    raise AssertionError(f"no form at the provider: HTTP {response.status} {page[:200]}")
                address = urljoin(address, action[1])
                form = {"prompt": prompt[1], "login": login, "password": "any"}
        raise AssertionError("the provider does not come to an end")
