"""The rules that read a text, for both directions: from what people and phone systems write to plain characters."""

from . import notation
from .explanation import Draft
from .notation import shortened

#: Longest text that is looked at, in characters. Longer ones are pasted by mistake.
MAX_TYPED = 200


def refuse_unusable(draft: Draft) -> None:
    """Line breaks and the like would end a line in the phone system's protocol; they never belong to a number."""
    if notation.has_control_characters(draft.typed):
        draft.refuse("control_characters", "The number holds a line break or another control character.")
    elif len(draft.text) > MAX_TYPED:
        draft.refuse("number_too_long", f"The number has more than {MAX_TYPED} characters.")


def refuse_nothing(draft: Draft) -> None:
    """Without a digit, ``*`` or ``#`` there is nothing that a phone could dial."""
    if not notation.has_dialable(draft.text):
        draft.refuse("nothing_to_dial", "What was typed holds no digit, * or #.")


def read_characters(draft: Draft) -> None:
    """Native digits, typographic hyphens and invisible marks become plain ones."""
    draft.change(notation.plain_characters(draft.text), "plain_characters", "written in plain characters")


def read_uri(draft: Draft) -> None:
    """A link's number instead of the link."""
    number = notation.from_uri(draft.text)
    # A percent-encoded line break shows only now, and a link need not hold any number.
    if number is None or notation.has_control_characters(number) or not notation.has_dialable(number):
        return
    draft.change(number, "uri", "the number of the link")


def cut_domain(draft: Draft) -> None:
    """``0734…@provider``: what follows the @ is the provider's name, and a semicolon begins a parameter."""
    head = draft.text.partition("@")[0].partition(";")[0].strip()
    if head != draft.text and notation.is_dialable(notation.without_separators(head)):
        draft.change(head, "truncated", "a number ends at @ and ;")


def choose_number(draft: Draft) -> None:
    """Of several numbers in one field the first; they are never run together, and all are offered."""
    numbers = notation.several_numbers(draft.text)
    if not numbers:
        return
    draft.alternatives = tuple(numbers)
    others = ", ".join(shortened(number) for number in numbers[1:])
    draft.note("several_numbers", f"The field holds several numbers; the first is taken, not {others}.")
    draft.change(numbers[0], "first_of_several", "the field holds several numbers")


def drop_remarks(draft: Draft) -> None:
    """``Tel.:`` in front and ``(Zentrale)`` behind are for people."""
    draft.change(notation.without_remarks(draft.text), "remark", "words beside the number")


def split_extension(draft: Draft) -> None:
    """An extension is no part of the number: it is sent as tones when the other side has answered."""
    found = notation.without_extension(draft.text)
    if found is None:
        alone = notation.only_extension(draft.text)
        if alone is not None:
            draft.change(alone, "extension", "nothing but an extension")
        return
    number, draft.extension = found
    why = f"extension {draft.extension} is sent after the answer" if draft.extension else "an extension without digits"
    draft.change(number, "extension", why)


def note_switchboard(draft: Draft) -> None:
    """``12345-0``: the zero is dialled and is no part of the company's own number."""
    if notation.is_switchboard(draft.text):
        draft.direct_dial = "0"


def drop_bracketed_trunk(draft: Draft) -> None:
    """``+49 (0)89``: the bracketed zero is for callers within the country."""
    text = notation.without_bracketed_trunk(draft.text)
    if text is not None:
        draft.change(text, "bracketed_trunk", "the zero in brackets is for calls within the country")


def drop_separators(draft: Draft) -> None:
    """Blanks, brackets, hyphens, dots, slashes."""
    draft.shown = draft.text
    draft.change(notation.without_separators(draft.text), "separators", "only marks for the eye")


def drop_prefix_before_plus(draft: Draft) -> None:
    """``0+49…``: a ``+`` stands only in front, so what precedes it is the outside prefix; it comes back at the end."""
    prefix = draft.settings.outside_prefix
    if prefix and draft.text.startswith(prefix + "+"):
        draft.change(draft.text[len(prefix) :], "outside_prefix_typed", "the outside prefix was typed before the +")


def stay_as_typed(draft: Draft) -> None:
    """Not understood: dial what was typed and say so."""
    typed = draft.typed.strip()
    draft.shown, draft.done, draft.extension = typed, True, ""
    draft.change(typed, "as_typed", "not understood as a number")
    draft.note("not_understood", f"{shortened(typed)!r} is no telephone number; it is dialled as it was typed.")
