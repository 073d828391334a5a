"""The zip's own rules, on small trees."""

import zipfile
from pathlib import Path

import pytest

from scripts import deployment_zip
from scripts.deployment_zip import PackageError

MANYLINUX = "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64\n"
HOST = "Wheel-Version: 1.0\nTag: cp311-cp311-linux_x86_64\n"


def tree(root: Path, **contents: str | bytes) -> Path:
    for name, content in contents.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


@pytest.mark.parametrize("glibc", [b"GLIBC_2.2.5", b"GLIBC_2.17", b"GLIBC_2.26"])
def test_a_manylinux_wheel_is_taken(tmp_path: Path, glibc: bytes) -> None:
    root = tree(tmp_path, **{"fast-1.dist-info__WHEEL": MANYLINUX, "fast.so": b"\x7fELF " + glibc})
    deployment_zip.check_extensions(root, (3, 11))


def test_a_pure_wheel_is_taken(tmp_path: Path) -> None:
    deployment_zip.check_extensions(tree(tmp_path, **{"p.dist-info__WHEEL": "Tag: py3-none-any\n"}), (3, 11))


def test_what_this_machine_compiled_is_refused(tmp_path: Path) -> None:
    root = tree(tmp_path, **{"fast-1.dist-info__WHEEL": HOST, "fast.so": b"\x7fELF GLIBC_2.17"})
    with pytest.raises(PackageError, match=r"fast-1\.dist-info: built on this machine"):
        deployment_zip.check_extensions(root, (3, 11))


@pytest.mark.parametrize(("python", "refused"), [((3, 11), True), ((3, 12), False), ((3, 13), False)])
def test_a_c_library_newer_than_lambdas_is_refused(tmp_path: Path, python: tuple[int, int], refused: bool) -> None:
    root = tree(tmp_path, **{"x__fast.abi3.so": b"\x7fELF GLIBC_2.17 GLIBC_2.34 GLIBC_2.4"})
    if refused:
        with pytest.raises(PackageError, match=r"x/fast\.abi3\.so: wants glibc 2\.34"):
            deployment_zip.check_extensions(root, python)
    else:
        deployment_zip.check_extensions(root, python)


def test_pruning_keeps_what_runs(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        **{
            "botocore__data__endpoints.json": "{}",
            "botocore__data__dynamodb__2012-08-10__service-2.json.gz": "",
            "botocore__data__dynamodb__2012-08-10__examples-1.json": "{}",
            "botocore__data__ec2__2016-11-15__service-2.json.gz": "",
            "thing__module.py": "",
            "thing__module.pyi": "",
            "thing__tests__test_module.py": "",
            "thing-1.dist-info__RECORD": "",
            "thing-1.dist-info__METADATA": "",
            "include__thing.h": "",
        },
    )
    deployment_zip.prune(root)
    assert sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()) == [
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/endpoints.json",
        "thing-1.dist-info/METADATA",
        "thing/module.py",
    ]


def test_the_same_files_make_the_same_zip(tmp_path: Path) -> None:
    archives = []
    for turn in ("one", "two"):
        source, archive = tmp_path / f"{turn}.zip", tmp_path / turn
        with zipfile.ZipFile(source, "w") as packed:
            names = ["app.py", "lib/b.py", "lib/a.py", "botocore/data/endpoints.json"]
            for name in names if turn == "one" else reversed(names):
                packed.writestr(name, "{}" if name.endswith("json") else "VALUE = {1: 'a'}\n")
        source.replace(archive)
        deployment_zip.rewrite(archive, (3, 11))
        archives.append(archive.read_bytes())
    assert archives[0] == archives[1]


def test_compiled_code_names_lambdas_paths_and_needs_no_dates(tmp_path: Path) -> None:
    root = tree(tmp_path, **{"app.py": "def handler(event, context):\n    return event\n"})
    deployment_zip.precompile(root)
    (compiled,) = root.rglob("app.*.pyc")
    head = compiled.read_bytes()
    assert int.from_bytes(head[4:8], "little") == 0b01, "hash-based and unchecked (PEP 552)"
    assert b"/var/task/app.py" in head
