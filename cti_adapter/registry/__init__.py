"""The durable registry in SQLite or PostgreSQL: organizations, agents, connectors, administrators, audit. No call."""
