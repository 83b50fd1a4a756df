"""The items of the call center definition that say how the panel works: records that open, and logs of calls."""

from .number_items import NumberItem as PanelItem

SCREEN_POP = "ctiScreenPop"
LOGGING = "ctiLogging"
PRESENCE = "ctiPresence"
MESSAGES = "ctiMessages"
CONSENT = "ctiDialing"
OMNI_CHANNEL = "ctiOmniChannel"

SCREEN_POP_ITEMS = (
    PanelItem("popOn", "Open the caller's record on ring, on answer, or manual (by click only)", "ring"),
    PanelItem(
        "popRules",
        "Rules, the first that fits: queue=Sales -> flow:Name; data.CASE=* -> search:data.CASE; * -> record (none)",
        "none",
    ),
    PanelItem("newRecords", "New records offered for an unknown caller, with ; between", "Contact;Lead;Account;Case"),
)
LOGGING_ITEMS = (
    PanelItem("wrapUp", "Wrap-up after a call: off, optional, or required (until a result is chosen)", "optional"),
    PanelItem(
        "dispositions",
        "Results to choose from, with ; between",
        "Solved;Call back;Left a message;Wrong number",
    ),
    PanelItem("logCalls", "Log calls in Salesforce (true or false)", "true"),
    PanelItem("logInternal", "Log internal calls, too (true or false)", "false"),
)
PRESENCE_ITEMS = (
    PanelItem("pickupCode", "Dialled before an extension to take the call that rings there, such as *8 (none)", "none"),
    PanelItem("awayReasons", "Reasons for being away, with ; between (none: no reasons)", "Break;Meeting;Training"),
)
MESSAGES_ITEMS = (
    PanelItem("channel", "Lightning message channel for calls and dial requests, such as CtiCall__c (none)", "none"),
)
CONSENT_ITEMS = (
    PanelItem("doNotCall", "Contacts and leads with Do Not Call: warn before dialling, block, or off", "warn"),
)
OMNI_CHANNEL_ITEMS = (
    PanelItem("channel", "Lightning message channel for presence, such as CtiPresence__c (none)", "none"),
    PanelItem(
        "toOmni", "Rules, the first that fits: call -> Busy_Call; away:Lunch -> Break; * -> Available (none)", "none"
    ),
    PanelItem("fromOmni", "Rules, the first that fits: Available* -> available; Break -> away:Break (none)", "none"),
)
