"""One folder for each phone system, all with the same file names. Connectors do not know each other."""
