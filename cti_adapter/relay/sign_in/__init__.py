"""Proofs of who an agent is, checked: signed tokens, OpenID Connect, tickets."""
