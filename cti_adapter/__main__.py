"""``python -m cti_adapter`` is the ``cti`` command."""

from .cli import main

main(prog_name="cti")
