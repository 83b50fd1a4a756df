"""Sentences of the service (patterns) in German. A group is a value, or a sentence that has a line here itself."""

from collections.abc import Sequence

SENTENCES: Sequence[tuple[str, str]] = (
    (r"line (\d+): (?:\w+: )?(.+)", "Zeile {0}: {1}"),
    (r"and (\d+) more", "und {0} weitere"),
    # --- who may do it ---
    (r"only an owner may do this, and (.+) is \w+", "Das darf nur ein Eigentümer, und {0} ist keiner"),
    (r"(.+) is an auditor, who may see and not change", "{0} ist Prüfer und darf sehen, aber nichts ändern"),
    # --- rules of fields ---
    (
        r"(.*) must be at most 40 small letters, digits and hyphens, .*",
        "{0}: erlaubt sind höchstens 40 Kleinbuchstaben, Ziffern und Bindestriche, an den Enden kein Bindestrich",
    ),
    (
        r"(.*) must be at most 60 letters, digits, dots, .*",
        "{0}: erlaubt sind höchstens 60 Buchstaben, Ziffern, Punkte, Binde- und Unterstriche, vorn ein Buchstabe oder "
        "eine Ziffer",
    ),
    (
        r"(.*) must have (?:1 to|at most) 80 characters, all of them printable",
        "{0}: erlaubt sind höchstens 80 Zeichen, alle druckbar",
    ),
    (r"(.*) must have 1 to 120 characters and no blanks", "{0}: erlaubt sind 1 bis 120 Zeichen ohne Leerzeichen"),
    (
        r"(.*) must be the id of a Salesforce organization: .*",
        "{0} ist keine Salesforce-Organisations-ID: 00D und 12 oder 15 weitere Buchstaben und Ziffern",
    ),
    (
        r"(.*) must be an https URL without query and fragment .*",
        "{0} ist keine https-Adresse ohne Abfrage und Fragment (http nur für localhost)",
    ),
    (
        r"(.*) must have at most 300 characters and no blanks",
        "{0}: erlaubt sind höchstens 300 Zeichen ohne Leerzeichen",
    ),
    (
        r"(.*) must be at most 20 hosts such as (\S+), without a path",
        "{0}: erlaubt sind höchstens 20 Hosts wie {1}, ohne Pfad",
    ),
    (r"(.*) must be a whole number from 1 to 600", "{0} ist keine ganze Zahl von 1 bis 600"),
    (
        r"(.*) must be at most 200 beginnings of numbers: .*",
        "{0}: erlaubt sind höchstens 200 Nummernanfänge aus Ziffern, * und #, vorn auch ein +",
    ),
    (r"(?:(.*) )?must be one of (.+)", "{0} gibt es hier nicht; möglich sind: {1}"),
    (r"is not text", "ist kein Text"),
    (r"is none of the fields that can be set here", "lässt sich hier nicht setzen"),
    # --- organizations and certificates ---
    (r"there is no organization (.+)", "Es gibt keine Organisation {0}"),
    (r"(.+) is an organization already", "{0} ist schon eine Organisation"),
    (r"has more than (\S+) characters", "hat mehr als {0} Zeichen"),
    (
        r"has a private key with it, which has to stay where it is",
        "Dabei ist ein privater Schlüssel, der bleiben muss, wo er ist",
    ),
    (r"is no certificate in PEM (.+)", "Das ist kein Zertifikat in PEM {0}"),
    (r"are (\d+) certificates; give one at a time", "Das sind {0} Zertifikate; geben Sie eines nach dem anderen an"),
    (r"must have an RSA key of at least (\d+) bits", "muss einen RSA-Schlüssel mit mindestens {0} Bit haben"),
    (r"has ended on (\S+)", "ist am {0} abgelaufen"),
    (r"(\S+) is there already", "{0} ist schon da"),
    (r"there are (\d+) already; remove one first", "Es sind schon {0}; entfernen Sie zuerst eines"),
    (r"(.+) is not that of exactly one certificate here", "{0} gehört hier nicht zu genau einem Zertifikat"),
    # --- agents and tokens ---
    (r"(.+) is in (.+) already", "{0} steht schon in {1}"),
    (r"the registry", "der Registratur"),
    (r"line (\d+)", "Zeile {0}"),
    (r"(.+) is an agent of organization (.+) already", "{0} ist schon ein Agent der Organisation {1}"),
    (r"(.+) is not an agent of organization (.+)", "{0} ist kein Agent der Organisation {1}"),
    (r"(.+) is not bound to an identity", "{0} ist an keine Identität gebunden"),
    (
        r"(.+) has (\d+) tokens; withdraw one first",
        "{0} hat {1} persönliche Schlüssel; widerrufen Sie zuerst einen",
    ),
    (r"(.+) has no token (.+)", "{0} hat keinen persönlichen Schlüssel {1}"),
    (r"must be in the future", "muss in der Zukunft liegen"),
    (r"names nobody", "nennt niemanden"),
    (r"has more than (\S+) lines", "hat mehr als {0} Zeilen"),
    (r"line 1 must be the heading login,name", "Zeile 1 muss die Überschrift login,name sein"),
    (r"is not CSV: (.+)", "ist kein CSV: {0}"),
    (r"has (\d+) fields; there are only login and name", "hat {0} Felder; es gibt nur login und name"),
    # --- connectors and keys ---
    (r"(.+) is a connector of organization (.+) already", "{0} ist schon ein Konnektor der Organisation {1}"),
    (r"(.+) is not a connector of organization (.+)", "{0} ist kein Konnektor der Organisation {1}"),
    (r"(.+) has no key (.+)", "{0} hat keinen Schlüssel {1}"),
    (r"must be 0 to (\S+) seconds", "muss 0 bis {0} Sekunden sein"),
    (
        r"is in use already; every connector has its own",
        "wird schon benutzt; jeder Konnektor hat seinen eigenen",
    ),
    (
        r"(.+) are valid, and only (\d+) can be; withdraw one first",
        "{0} gelten, und mehr als {1} können es nicht; widerrufen Sie zuerst einen",
    ),
    (
        r"is the private key, which has to stay where it is; .*",
        "Das ist der private Schlüssel, der bleiben muss, wo er ist; gebraucht wird der öffentliche (whpk_…)",
    ),
    (r"must be (\S+) and the base64 of (\d+) bytes", "muss {0} und die Base64-Form von {1} Bytes sein"),
    # --- administrators ---
    (r"(.+) is an administrator already", "{0} ist schon ein Administrator"),
    (r"(.+) is not an administrator", "{0} ist kein Administrator"),
    (r"sign in once more before you do this", "melden Sie sich noch einmal an, bevor Sie dies tun"),
    (r"is not your password", "ist nicht Ihr Kennwort"),
    (r"is not the same", "ist nicht dasselbe"),
    (
        r"an owner is that of all organizations; leave it out",
        "Ein Eigentümer ist es für alle Organisationen; wählen Sie keine",
    ),
    (
        r"(.+) is the only active owner; make another one first",
        "{0} ist der einzige aktive Eigentümer; machen Sie zuerst einen weiteren",
    ),
    (r"must have (\d+) to (\d+) characters", "muss {0} bis {1} Zeichen haben"),
    (r"must not be part of the login", "darf kein Teil des Anmeldenamens sein"),
)
