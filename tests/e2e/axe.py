"""axe: finds what hinders those who see little or do not use a mouse."""

from typing import Any

from playwright.sync_api import Frame, Page

from support.processes import ROOT

#: WCAG 2.2 up to level AA, and what axe knows as good practice besides.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = ROOT / "node_modules/axe-core/axe.min.js"


def findings(frame: Frame | Page) -> list[str]:
    """What axe finds in a document now, as rule and place."""
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(AXE.read_text("utf-8") + "; null")
    result: dict[str, Any] = frame.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{found['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for found in result["violations"]
        for node in found["nodes"]
    ]
