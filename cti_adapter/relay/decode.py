"""Request bodies to closed records; whatever is wrong becomes a ``Refused`` that names field, value and rule. Pure."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from ..application.refusals import ErrorId, Refused

T = TypeVar("T")

#: Longest piece of what the sender wrote that is repeated in an error, in characters.
MAX_SHOWN = 60
_PLACED = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"^Object (?P<which>contains unknown|missing required) field `(?P<name>.*)`$", re.DOTALL)
_TYPE = re.compile(r"^Expected `[^`]+`(, got `[^`]+`)?$")
_STEP = re.compile(r"\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\[(?P<index>[0-9]+)\]")


def decode(body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """``body`` as the record of ``decoder``. Raises ``Refused``."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _refused(str(error), body) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # RecursionError: more brackets than the parser goes deep, nobody's real request.
        raise Refused(ErrorId.MALFORMED_JSON, f"the body is not JSON in UTF-8: {shown(str(error))}") from None


def decode_query(given: Iterable[tuple[str, str]], kind: type[T]) -> T:
    """What stands behind the ``?`` as a record of ``kind``. Raises ``Refused``."""
    values: dict[str, str] = {}
    for name, value in given:
        if name in values:
            raise Refused(ErrorId.OUT_OF_RANGE, f"{name[:MAX_SHOWN]}: given more than once", field=name[:MAX_SHOWN])
        values[name] = value
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(str(error), msgspec.json.encode(values)) from None


def _refused(message: str, body: bytes) -> Refused:
    placed = _PLACED.match(message)
    what, path = (placed["what"], placed["path"] or "") if placed else (message, "")
    if named := _NAMED.match(what):
        return _about_field(named["which"], named["name"], path)
    field = path.removeprefix(".") or "body"
    if _TYPE.match(what):
        return Refused(ErrorId.WRONG_TYPE, f"{field}: {_plain(what)}", field=field)
    if what.startswith(("Invalid enum value", "Invalid value")):
        what = "not one of the values allowed"
    return Refused(ErrorId.OUT_OF_RANGE, f"{field}{_value_at(body, path)}: {_plain(what)}", field=field)


def _about_field(which: str, name: str, path: str) -> Refused:
    field = f"{path}.{name[:MAX_SHOWN]}".removeprefix(".")
    if which == "missing required":
        return Refused(ErrorId.MISSING_FIELD, f"{field}: this field is required", field=field)
    return Refused(ErrorId.UNKNOWN_FIELD, f"{field}: there is no such field", field=field)


def _plain(what: str) -> str:
    text = what.replace("`", "").removesuffix(r"(?!\n)'")
    return text[:1].lower() + text[1:200]


def _value_at(body: bytes, path: str) -> str:
    """The value at ``path`` in words, or nothing when it cannot be found (keys of a free table are not named)."""
    value: Any = msgspec.json.decode(body)
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return ""
        try:
            value = value[step["name"]] if step["name"] else value[int(step["index"])]
        except (KeyError, IndexError, TypeError):
            return ""
        position = step.end()
    return f" ({shown(value)})" if isinstance(value, str | int | float) else ""


def shown(value: object) -> str:
    """``value`` for an error: what may be a phone number keeps three characters at its beginning and two at its end."""
    text = str(value)
    digits = sum(character.isdigit() for character in text)
    if digits >= 6 or len(text) > MAX_SHOWN:
        return f"{text[:3]}…{text[-2:]}"
    return text
