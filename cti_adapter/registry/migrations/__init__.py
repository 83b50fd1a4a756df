"""How the tables came to be, step by step (Alembic). A step is a file in ``versions/``, written by hand.

Nodes of a pool are upgraded one after another, so the former release still works on what a step leaves behind: new
columns have a default on the server's side, and nothing that it uses goes away.
"""
