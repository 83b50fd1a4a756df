"""How every answer of the console looks: its headers, its page around, its times, its page for what went wrong."""

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, make_response, render_template, session, url_for

from .texts import Texts

#: All that Chromium 156 knows (W3C: policy-controlled features); none is needed.
FEATURES = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "compute-pressure",
    "cross-origin-isolated",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "sync-xhr",
    "unload",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
_ALL_OFF = ", ".join(f"{feature}=()" for feature in FEATURES)
#: For the page that shows a secret once: its button copies.
_ALL_BUT_COPYING = _ALL_OFF.replace("clipboard-write=()", "clipboard-write=(self)")


def with_headers(response: Response) -> Response:
    """On every answer, errors too; not for somebody to whom there is no console."""
    if g.get("hidden"):
        return response
    script = f"'nonce-{g.nonce}'" if "nonce" in g else "'none'"
    response.headers.update(
        {
            "Content-Security-Policy": f"default-src 'none'; script-src {script}; style-src 'self'; img-src data:; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "Permissions-Policy": _ALL_BUT_COPYING if g.get("copies") else _ALL_OFF,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )
    return response


def render(template: str, status: int = 200, **context: Any) -> Response:
    """A page of ``templates/admin``. The headers come later."""
    g.nonce = secrets.token_urlsafe(16)
    shared = {
        "t": g.texts,
        "csp_nonce": g.nonce,
        "actor": g.get("actor"),
        "notices": session.pop("notices", []),
        "day": day,
        "moment": moment,
    }
    response = make_response(render_template(f"admin/{template}", **shared, **context))
    response.status_code = status
    return response


def problem(code: int, key: str, **values: object) -> Response:
    """A page of HTTP status ``code`` that says what went wrong: texts ``KEY`` and ``KEY_text``."""
    texts: Texts = g.texts
    return render("problem.html", code, title=texts(key), text=texts(f"{key}_text", **values))


def secret_once(**context: Any) -> Response:
    """The only page that ever shows a token or key: it is in this answer and nowhere else."""
    g.copies = True
    return render("secret.html", **context)


def notice(key: str, **values: object) -> None:
    """What the next page says on top: that something is done."""
    texts: Texts = g.texts
    session["notices"] = [*session.get("notices", []), texts(key, **values)]


def go(endpoint: str, **values: Any) -> Response:
    """To another page, after something is done (303: by GET)."""
    response = make_response("", 303)
    response.headers["Location"] = address(endpoint, **values)
    return response


def address(endpoint: str, **values: Any) -> str:
    """Of a page of the console."""
    return url_for(f"admin.{endpoint}", **values)


def day(seconds: float) -> str:
    """``seconds`` since 1970 as a date (UTC)."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def moment(seconds: float) -> str:
    """``seconds`` since 1970 as date and time (UTC)."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
