"""Help for tests that run the real program: server processes, browser, conditions. No test is in here."""
