"""Files of the page may be kept by browsers for good, and never mix with those of another release."""

import json
import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cti_adapter.web.assets import Assets, use_assets
from cti_adapter.web.pages import PageOptions, create_blueprint
from fakes.registry import BY_NAME

ROOT = Path(__file__).resolve().parents[3]
PAGES = PageOptions(
    relay_url="",
    organization={"default": BY_NAME}.get,
    open_cti_version="66.0",
    frame_ancestors=(),
    demonstration=False,
    simulated_phones=False,
    version="1.0",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "js/main.js").write_text("export const one = 1;\n")
    return tmp_path


def client_of(folder: Path) -> tuple[FlaskClient, Assets]:
    app = Flask("test")
    assets = use_assets(app, folder)
    return app.test_client(), assets


def test_a_file_is_kept_for_good_under_its_own_address(folder: Path) -> None:
    client, assets = client_of(folder)
    address = assets.address("js/main.js")
    assert re.fullmatch(r"/static/v/[0-9a-f]{16}/js/main\.js", address)
    with client.get(address) as response:
        assert response.data == b"export const one = 1;\n"
        assert "immutable" in response.headers["Cache-Control"]


def test_another_content_has_another_address_and_the_old_one_is_not_kept(folder: Path) -> None:
    client, assets = client_of(folder)
    before = assets.address("js/main.js")
    (folder / "js/main.js").write_text("export const one = 11;\n")
    assert assets.address("js/main.js") != before
    with client.get(before) as response:
        assert response.headers["Cache-Control"] == "no-store"


def test_the_same_files_have_the_same_address_on_every_machine(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("copy") / "static"
    shutil.copytree(folder, copy, copy_function=shutil.copy)
    assert Assets(copy).version == Assets(folder).version


@pytest.mark.parametrize("name", ["../secret", "js/../../secret", "js/none.js"])
def test_nothing_else_is_served(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_text("x")
    client, assets = client_of(folder)
    assert client.get(f"/static/v/{assets.version}/{name}").status_code == 404


def test_modules_of_a_page_are_found_by_themselves_but_for_other_pages(folder: Path) -> None:
    for name in ("js/view/call.js", "js/phones/main.js", "js/readme.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("export {};\n")
    assert Assets(folder).modules("js", without=["phones"]) == ["js/main.js", "js/view/call.js"]


def test_every_file_of_texts_is_a_language_of_the_softphone(folder: Path) -> None:
    """Adding ``fr.js`` to the folder is all that another language takes."""
    shutil.copytree(ROOT / "static", folder, dirs_exist_ok=True)
    (folder / "js/messages/fr.js").write_text('export default { "language.name": "Français" };\n')
    app = Flask("test", template_folder=str(ROOT / "templates"))
    use_assets(app, folder)
    app.register_blueprint(create_blueprint(PAGES))
    text = app.test_client().get("/softphone").get_data(as_text=True)
    config = json.loads(text.split('id="config"')[1].split(">", 1)[1].split("</script>")[0])
    assert sorted(config["languages"]) == ["de", "en", "fr"]
    with app.test_client().get(config["languages"]["fr"]) as response:
        assert "Français" in response.get_data(as_text=True)
