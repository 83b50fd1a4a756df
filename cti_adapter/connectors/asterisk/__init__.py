"""Connector to Asterisk and what is built on it (FreePBX and others), by the Asterisk Manager Interface."""
