"""Tests against a real Asterisk with real SIP phones; nothing here is imported by the product."""
