"""Makes `tests/` the root of the helpers: `from fakes… import`, `from support… import`."""

pytest_plugins = ["contract.leaving_out"]
