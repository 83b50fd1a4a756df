"""Stand-ins for the outside world, real classes with behaviour of their own. No test is in here."""
