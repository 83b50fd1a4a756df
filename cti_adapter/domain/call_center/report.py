"""What the check of a definition can say: its rules with severity and source, the problems found. It checks nothing."""

from dataclasses import dataclass
from typing import Literal

from .definition import CallCenter

Severity = Literal["error", "warning"]

GRAMMAR = 'Open CTI Developer Guide, "Call Center Definition File XML Format"'
REQUIRED = 'Open CTI Developer Guide, "Required Call Center Elements and Attributes"'
OPTIONAL = 'Open CTI Developer Guide, "Optional Call Center Elements and Attributes"'
SAMPLE = 'Open CTI Developer Guide, "Sample Call Center Definition File"'
METADATA = 'Metadata API Developer Guide, "CallCenter"'
XML = "W3C, Extensible Markup Language (XML) 1.0"
PUBLISHED = "definitions published by vendors, which Salesforce imports"

#: Rule id -> severity and documented source. Each id is explained in docs/salesforce-admin/call-center.md.
RULES: dict[str, tuple[Severity, str]] = {
    # The file
    "too-large": ("error", "this program reads at most 256 KiB"),
    "not-well-formed": ("error", XML),
    "text-above-root": ("error", XML),
    "document-type": ("error", GRAMMAR),
    "placeholder": ("error", XML),
    # The grammar
    "metadata-format": ("error", METADATA),
    "root-element": ("error", GRAMMAR),
    "unknown-element": ("error", GRAMMAR),
    "unknown-attribute": ("warning", GRAMMAR),
    "item-content": ("error", GRAMMAR),
    "stray-text": ("warning", GRAMMAR),
    "section-missing": ("error", GRAMMAR),
    "section-empty": ("error", GRAMMAR),
    "sort-order-missing": ("error", GRAMMAR),
    "sort-order-number": ("error", GRAMMAR),
    "sort-order-unique": ("error", GRAMMAR),
    "sort-order-gap": ("error", GRAMMAR),
    "name-missing": ("error", GRAMMAR),
    "name-characters": ("error", GRAMMAR),
    "name-forbidden": ("error", GRAMMAR),
    "name-length": ("warning", GRAMMAR),
    "name-reserved": ("warning", GRAMMAR),
    "name-unique": ("warning", GRAMMAR),
    "label-length": ("error", GRAMMAR),
    "value-empty": ("warning", GRAMMAR),
    # reqGeneralInfo
    "general-info-missing": ("error", REQUIRED),
    "general-info-first": ("error", SAMPLE),
    "required-item": ("error", REQUIRED),
    "internal-name-first": ("error", REQUIRED),
    "internal-name-form": ("error", REQUIRED),
    "display-name-second": ("error", REQUIRED),
    "display-name-form": ("error", REQUIRED),
    "url-form": ("error", REQUIRED),
    "url-https": ("error", REQUIRED),
    "url-loopback": ("warning", REQUIRED),
    "url-placeholder": ("warning", REQUIRED),
    "use-api": ("error", REQUIRED),
    "softphone-size": ("error", REQUIRED),
    "mode-value": ("error", OPTIONAL),
    "mode-missing": ("warning", OPTIONAL),
    "mode-misspelt": ("error", OPTIONAL),
    "standby-pair": ("error", OPTIONAL),
    "timeout-value": ("error", OPTIONAL),
    "canvas-lightning": ("warning", OPTIONAL),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or that works differently than it looks."""

    severity: Severity
    line: int
    """From 1; for something that is missing, the line of what it is missing in."""
    section: str
    item: str
    """Names as they stand in the file; empty where the problem is not about a section or an item."""
    rule: str
    """Stable id, a key of ``RULES``."""
    message: str
    """A sentence that names item and rule, and how to mend it where that is known."""
    source: str
    """The document that the rule comes from."""

    @property
    def place(self) -> str:
        """``section/item``, ``section``, or empty."""
        return "/".join(part for part in (self.section, self.item) if part)


@dataclass(frozen=True)
class Report:
    """Result of a check. ``center`` is None where the file is no definition at all."""

    problems: tuple[Problem, ...]
    center: CallCenter | None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stops the import or the softphone."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What Salesforce takes all the same."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")


def problem(rule: str, line: int, message: str, section: str = "", item: str = "") -> Problem:
    """A problem with the severity and source of its rule."""
    severity, source = RULES[rule]
    return Problem(severity, line, section, item, rule, message, source)
