"""Telephony link for Salesforce: Open CTI softphone, relay and connectors (see docs/architecture.md)."""
