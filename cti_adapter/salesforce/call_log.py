"""Call logs by Salesforce's REST API (simple-salesforce). Blocking."""

import re
from collections.abc import Callable, Sequence
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce, SFType
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession
from simple_salesforce.format import format_soql

from ..application.call_task import COMPLETED, MISSED, OPEN
from ..application.messages import RecordRef
from ..application.ports import CallLogRefused, CallLogUnavailable, CallLogWriter
from .token import TIMEOUT_S, Login, sign_in

#: Objects that a caller may be; the same as the page offers for unknown callers.
_SEARCHED = "Contact(Id, Name), Lead(Id, Name WHERE IsConverted = FALSE), Account(Id, Name)"
_THERE = "SELECT Id FROM Task WHERE CallObject = {} AND CreatedDate >= LAST_N_DAYS:2 LIMIT 1"
#: SOSL wants at least two characters; a phone number that short is nobody's.
_SHORTEST = 4
#: Users remembered by login name.
_MOST_USERS = 20_000
#: Digits by which two notations of a number are taken for the same.
_SAME_DIGITS = 8


class RestCallLog(CallLogWriter):
    """``api_version`` such as ``66.0``; ``ca_file``: certificates to trust instead of the usual ones."""

    def __init__(self, login: Login, api_version: str, ca_file: str | None = None) -> None:
        self._login = login
        self._version = api_version
        self._http = requests.Session()
        self._http.mount("https://", _Transport(ca_file))
        self._salesforce: Salesforce | None = None
        self._users: dict[str, str] = {}

    def write(
        self, agent: str, call_id: str, keys: Sequence[str], fields: Callable[[RecordRef | None], dict[str, str | int]]
    ) -> None:
        """See ``CallLogWriter.write``."""
        self._attempt(lambda salesforce: self._write(salesforce, agent, call_id, keys, fields))

    def complete_missed(self, agent: str, number: str) -> None:
        """See ``CallLogWriter.complete_missed``."""
        self._attempt(lambda salesforce: self._complete(salesforce, agent, number))

    def _attempt(self, act: Callable[[Salesforce], None]) -> None:
        """Sign in where that is needed; once more when the session has ended meanwhile."""
        try:
            try:
                act(self._connection())
            except SalesforceExpiredSession:
                self._salesforce = None
                act(self._connection())
        except SalesforceError as error:
            self._salesforce = None
            raise _translated(error) from None
        except requests.RequestException as error:
            raise CallLogUnavailable(f"Salesforce does not answer ({type(error).__name__})") from None

    def _connection(self) -> Salesforce:
        if self._salesforce is None:
            access = sign_in(self._login, self._http)
            self._salesforce = Salesforce(
                instance_url=access.instance_url, session_id=access.token, version=self._version, session=self._http
            )
        return self._salesforce

    def _write(
        self,
        salesforce: Salesforce,
        agent: str,
        call_id: str,
        keys: Sequence[str],
        fields: Callable[[RecordRef | None], dict[str, str | int]],
    ) -> None:
        owner = self._user(salesforce, agent)
        if salesforce.query(format_soql(_THERE, call_id))["records"]:
            return
        task = {"OwnerId": owner} | fields(self._record(salesforce, keys))
        _tasks(salesforce).create(task)

    def _user(self, salesforce: Salesforce, agent: str) -> str:
        if agent not in self._users:
            asked = format_soql("SELECT Id FROM User WHERE Username = {} AND IsActive = TRUE LIMIT 1", agent)
            found = salesforce.query(asked)["records"]
            if not found:
                raise CallLogRefused("server_logging: an agent has no active user of that login name in Salesforce")
            while len(self._users) >= _MOST_USERS:
                del self._users[next(iter(self._users))]
            self._users[agent] = str(found[0]["Id"])
        return self._users[agent]

    def _record(self, salesforce: Salesforce, keys: Sequence[str]) -> RecordRef | None:
        """The one record with this number; several are nobody's guess."""
        for key in keys:
            digits = re.sub(r"\D", "", key)
            if len(digits) < _SHORTEST:
                continue
            found = salesforce.search(f"FIND {{{digits}}} IN PHONE FIELDS RETURNING {_SEARCHED} LIMIT 3")
            records = found["searchRecords"] if isinstance(found, dict) else found
            if records:
                return _reference(records[0]) if len(records) == 1 else None
        return None

    def _complete(self, salesforce: Salesforce, agent: str, number: str) -> None:
        digits = re.sub(r"\D", "", number)[-_SAME_DIGITS:]
        if len(digits) < _SHORTEST:
            return
        asked = format_soql(
            "SELECT Id, Subject FROM Task WHERE OwnerId = {} AND Status = {} AND CallDisposition = {} "
            "AND CreatedDate >= LAST_N_DAYS:30 LIMIT 200",
            self._user(salesforce, agent),
            OPEN,
            MISSED,
        )
        for task in salesforce.query(asked)["records"]:
            if any(re.sub(r"\D", "", word).endswith(digits) for word in str(task["Subject"]).split()):
                _tasks(salesforce).update(task["Id"], {"Status": COMPLETED})


class _Transport(HTTPAdapter):
    """With the time limit that simple-salesforce does not set, and the certificates that the operator has named.

    requests lets the variable REQUESTS_CA_BUNDLE win over those of its session.
    """

    def __init__(self, ca_file: str | None) -> None:
        super().__init__()
        self._ca_file = ca_file

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:  # noqa: D102
        options["timeout"] = options.get("timeout") or TIMEOUT_S
        options["verify"] = self._ca_file or options.get("verify", True)
        return super().send(request, *args, **options)


def _tasks(salesforce: Salesforce) -> SFType:
    return cast(SFType, salesforce.Task)  # an object of any name, the library says


def _reference(record: dict[str, Any]) -> RecordRef:
    return RecordRef(id=record["Id"], type=record["attributes"]["type"], name=str(record.get("Name") or "")[:255])


def _translated(error: SalesforceError) -> CallLogRefused | CallLogUnavailable:
    """By status; the answer's own text may repeat numbers and stays out of the log."""
    status = getattr(error, "status", 0)
    code = next((str(each.get("errorCode")) for each in _details(error)), "")
    if status >= 500 or status == 429 or code == "REQUEST_LIMIT_EXCEEDED":
        return CallLogUnavailable(f"HTTP {status} {code}".strip())
    return CallLogRefused(f"server_logging: Salesforce refuses with HTTP {status} {code}".strip())


def _details(error: SalesforceError) -> list[dict[str, Any]]:
    content = getattr(error, "content", None)
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []
