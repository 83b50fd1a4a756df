"""Browser tests: the real pages in real Chromium."""
