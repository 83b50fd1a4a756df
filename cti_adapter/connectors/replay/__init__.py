"""Plays recorded calls, for demonstrations and tests: what `cti replay` has printed comes out as if it happened now."""
