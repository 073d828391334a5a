"""The deployment package, built once per run of the tests."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts import package as packaging


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make package` makes, for the stage dev."""
    if os.environ.get("TANGGAP_SKIP_PACKAGE") == "1":
        pytest.skip("TANGGAP_SKIP_PACKAGE=1: the deployment package is not built")
    return packaging.build("dev", tmp_path_factory.mktemp("package")).parent


@pytest.fixture(scope="session")
def template(built: Path) -> dict[str, Any]:
    """The merged template."""
    return json.loads((built / "sam.json").read_text())


@pytest.fixture(scope="session")
def task_root(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, unpacked as Lambda does."""
    root = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(built / "deployment.zip") as packed:
        packed.extractall(root)
    return root
