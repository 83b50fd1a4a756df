"""Use cases and ports: the relay's bookkeeping, the connector session, the adapter. No sockets, no HTTP."""
