"""The simulated phone system: for demonstrations and unit tests. It proves nothing about a real one."""
