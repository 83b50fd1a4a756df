"""WSGI entry: ``app`` is the Flask application of the pages; ``python app.py`` runs the embedded whole on one port."""

from cti_adapter.bootstrap import create_pages
from cti_adapter.cli import main
from cti_adapter.config import load

if __name__ == "__main__":
    import sys

    main(["serve", *sys.argv[1:]], prog_name="app.py")
else:
    app = create_pages(load())
