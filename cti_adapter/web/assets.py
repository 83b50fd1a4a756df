"""The page's files under an address that names their content, so that a browser need never ask for them again.

Salesforce loads the softphone anew in each tab. With some eighty modules, asking for each whether it has changed costs
more than anything else of the start. The name is a digest of all files: another release has other addresses, and half
of an old page can never meet half of a new one.
"""

import hashlib
from collections.abc import Callable, Collection
from pathlib import Path

from flask import Flask, Response, send_from_directory

#: A year, the longest that browsers keep anything (RFC 9111; `immutable`: RFC 8246).
FOR_GOOD = "public, max-age=31536000, immutable"
#: Characters of the digest in the address.
DIGITS = 16


class NotBuilt(Exception):
    """A file that `make` builds is not there. The message says what to do."""


class Assets:
    """All files below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._version = ""

    @property
    def version(self) -> str:
        """The same for the same files, on every machine. They are read again only when one of them looks changed."""
        files = sorted(path for path in self._folder.rglob("*") if path.is_file())
        seen = tuple((str(path), (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files)
        if seen != self._seen:
            digest = hashlib.sha256()
            for path in files:
                content = path.read_bytes()
                digest.update(f"{path.relative_to(self._folder).as_posix()} {len(content)}\n".encode())
                digest.update(content)
            self._seen, self._version = seen, digest.hexdigest()[:DIGITS]
        return self._version

    def is_current(self, version: str) -> bool:
        """Whether ``version`` is that of the page which was served last. Does not look at the files each time."""
        return version == (self._version or self.version)

    def address(self, name: str, version: str | None = None) -> str:
        """Where the file ``name`` is, such as ``/static/v/1f0c…/css/base.css``; ``version``: if it is known already."""
        return f"/static/v/{version or self.version}/{name}"

    def modules(self, below: str, *, without: Collection[str] = ()) -> list[str]:
        """Names of all JavaScript modules in the folder ``below`` but those in its subfolders ``without``."""
        root = self._folder / below
        names = sorted(path.relative_to(root) for path in root.rglob("*.js"))
        return [f"{below}/{name.as_posix()}" for name in names if name.parts[0] not in without]

    def of_one_page(self) -> dict[str, Callable[..., object]]:
        """What a template may call. The files are looked at once for each page, not for each address in it."""
        version = self.version
        return {"asset": lambda name: self.address(name, version), "modules": self.modules}


def use_assets(app: Flask, folder: Path, built: Collection[str] = ()) -> Assets:
    """Serve the files of ``folder`` under versioned addresses; templates get ``asset`` and ``modules``.

    Raises ``NotBuilt`` when a file of ``built`` is missing: pages would come without it, and nobody would be told.
    """
    for name in built:
        if not (folder / name).is_file():
            raise NotBuilt(f"{folder.name}/{name} is missing; this builds it: make icons")
    assets = Assets(folder)

    @app.get("/static/v/<version>/<path:name>")
    def versioned_asset(version: str, name: str) -> Response:
        response = send_from_directory(folder, name)
        # While servers are upgraded one after the other, a page of the new one may ask an old one: that must not stick.
        response.headers["Cache-Control"] = FOR_GOOD if assets.is_current(version) else "no-store"
        return response

    app.context_processor(assets.of_one_page)
    app.extensions["assets"] = assets
    return assets
