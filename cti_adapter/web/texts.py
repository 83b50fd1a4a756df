"""Texts of the server's own pages in English and German. The softphone has its own in static/js/messages."""

from collections.abc import Mapping

from flask import request

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "language": "en",
        "title": "Telephony for Salesforce",
        "lead": "An Open CTI softphone, a relay that keeps no call data, and connectors to phone systems. Self-hosted.",
        "try": "Try it in two minutes",
        "step_1": "Open the phones of the simulated phone system in one window",
        "step_2": "Open the Salesforce stand-in in another; Alice is signed in there",
        "step_3": "Let a caller ring Alice, and watch the record open. Click a number in a record, and her phone dials",
        "phones": "Phones",
        "phones_text": "Desk phones 101 to 103 and the outside world",
        "standin": "Salesforce stand-in",
        "standin_text": "A small org with the softphone in its utility bar",
        "softphone": "Softphone",
        "softphone_text": "The page that Salesforce shows, here by itself",
        "callcenter": "Call center definition",
        "callcenter_text": "The file that a Salesforce admin imports",
        "numbers": "Numbers",
        "numbers_text": "How a number is dialled and recognised, and why",
        "console": "Admin console",
        "console_text": "Organizations, agents, connectors, administrators",
        "api": "API",
        "api_text": "OpenAPI description of the relay",
        "health": "Health",
        "health_text": "Answers ok as long as this server can work",
        "no_phones": "No simulated phones here",
        "no_phones_text": "This server is connected to a real phone system, so there are no phones to play with. "
        "The simulator runs when the configuration names a connector of kind “simulator”.",
        "no_organization": "No such organization here",
        "no_organization_text": "The address of this page names an organization that this server does not know, or "
        "that is switched off. The call center definition in Salesforce must have the address that your "
        "administrator was given.",
        "back": "Start page",
        "done_title": "Sign-in",
        "done_working": "One moment…",
        "done_good": "Done. Go back to the softphone; you can close this window.",
        "done_failed": "It did not work. Close this window, and try again in the softphone.",
        "done_unreachable": "The server cannot be reached. Close this window, and try again in the softphone.",
        "done_empty": "This page takes you back from signing in. There is nothing to do here.",
        "done_code": "Code for your administrator:",
        "done_noscript": "This page needs JavaScript.",
    },
    "de": {
        "language": "de",
        "title": "Telefonie für Salesforce",
        "lead": "Ein Open-CTI-Softphone, ein Relay, das keine Anrufdaten aufbewahrt, und Konnektoren zu "
        "Telefonanlagen. Selbst betrieben.",
        "try": "In zwei Minuten ausprobiert",
        "step_1": "Öffnen Sie in einem Fenster die Telefone der simulierten Anlage",
        "step_2": "Öffnen Sie in einem anderen die Salesforce-Nachbildung; Alice ist dort angemeldet",
        "step_3": "Lassen Sie einen Anrufer bei Alice klingeln und sehen Sie, wie der Datensatz aufgeht. "
        "Ein Klick auf eine Nummer im Datensatz, und ihr Telefon wählt",
        "phones": "Telefone",
        "phones_text": "Tischtelefone 101 bis 103 und die Außenwelt",
        "standin": "Salesforce-Nachbildung",
        "standin_text": "Eine kleine Org mit dem Softphone in der Dienstprogrammleiste",
        "softphone": "Softphone",
        "softphone_text": "Die Seite, die Salesforce zeigt, hier für sich allein",
        "callcenter": "Callcenter-Definition",
        "callcenter_text": "Die Datei, die der Salesforce-Admin importiert",
        "numbers": "Nummern",
        "numbers_text": "Wie eine Nummer gewählt und erkannt wird, und warum",
        "console": "Verwaltung",
        "console_text": "Organisationen, Agenten, Konnektoren, Administratoren",
        "api": "API",
        "api_text": "OpenAPI-Beschreibung des Relays",
        "health": "Zustand",
        "health_text": "Antwortet ok, solange dieser Server arbeiten kann",
        "no_phones": "Hier gibt es keine simulierten Telefone",
        "no_phones_text": "Dieser Server ist mit einer echten Telefonanlage verbunden, daher gibt es keine Telefone "
        "zum Spielen. Der Simulator läuft, wenn die Konfiguration einen Konnektor der Art „simulator“ nennt.",
        "no_organization": "Diese Organisation gibt es hier nicht",
        "no_organization_text": "Die Adresse dieser Seite nennt eine Organisation, die dieser Server nicht kennt oder "
        "die abgeschaltet ist. In der Callcenter-Definition in Salesforce muss die Adresse stehen, die der "
        "Administrator bekommen hat.",
        "back": "Startseite",
        "done_title": "Anmeldung",
        "done_working": "Einen Moment…",
        "done_good": "Fertig. Gehen Sie zurück zum Telefon; Sie können dieses Fenster schließen.",
        "done_failed": "Es hat nicht geklappt. Schließen Sie dieses Fenster und versuchen Sie es im Telefon erneut.",
        "done_unreachable": "Der Server ist nicht erreichbar. Schließen Sie dieses Fenster und versuchen Sie es im "
        "Telefon erneut.",
        "done_empty": "Diese Seite führt von der Anmeldung zurück. Hier gibt es nichts zu tun.",
        "done_code": "Code für Ihren Administrator:",
        "done_noscript": "Diese Seite braucht JavaScript.",
    },
}


def texts() -> Mapping[str, str]:
    """The texts in the language that the browser asks for; ``?lang=de`` wins."""
    asked = request.args.get("lang") or request.accept_languages.best_match(list(TEXTS))
    return TEXTS.get(asked or "en", TEXTS["en"])
