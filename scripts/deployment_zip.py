"""Makes Chalice's deployment.zip small, quick to start and the same every time it is built from the same files."""

import compileall
import py_compile
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

# the AWS services that the code makes clients for; botocore carries the descriptions of some 400 others
SERVICES = frozenset({"cognito-idp", "dynamodb", "kms", "lambda", "s3", "sesv2", "sns", "sqs", "ssm", "sts"})
# beside the services' folders botocore/data holds what every client reads
NOT_RUNTIME = ("*.pyi", "*.c", "*.h", "*.pyx", "*.pxd", "*.pyc", "*.dist-info/RECORD", "*.dist-info/sboms/*")
NOT_RUNTIME_FOLDERS = ("include", "lib64", "bin", "*.data", "tests", "__pycache__")
EXAMPLES = "examples-1.json*"

# newest glibc symbol an extension may ask for: Amazon Linux 2 under Python 3.11, Amazon Linux 2023 from 3.12 on
GLIBC_AL2, GLIBC_AL2023 = (2, 26), (2, 34)
GLIBC_SYMBOL = re.compile(rb"GLIBC_(\d+)\.(\d+)")
MANYLINUX = re.compile(r"^Tag: \S+-manylinux\S*_x86_64$")

# Lambda unpacks the zip here; so do the tracebacks of what is compiled ahead
TASK_ROOT = "/var/task"
EPOCH = (1980, 1, 1, 0, 0, 0)


class PackageError(Exception):
    """The zip holds something that would not run on Lambda."""


def rewrite(archive: Path, python: tuple[int, int]) -> None:
    """Replace the zip by a checked, pruned and precompiled one. Run by the interpreter that Lambda will use."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(root)
        check_extensions(root, python)
        prune(root)
        precompile(root)
        write(root, archive)


def check_extensions(root: Path, python: tuple[int, int]) -> None:
    """Raise PackageError if an extension was compiled on this machine, or wants a newer C library than Lambda's."""
    wheels = [*root.glob("*.dist-info/WHEEL")]
    wrong = [
        f"{wheel.parent.name}: built on this machine, not a manylinux wheel"
        for wheel in wheels
        if any(tag.startswith("Tag:") and "linux" in tag and not MANYLINUX.match(tag) for tag in _lines(wheel))
    ]
    newest = GLIBC_AL2 if python < (3, 12) else GLIBC_AL2023
    for extension in sorted(root.rglob("*.so*")):
        wanted = max(((int(a), int(b)) for a, b in GLIBC_SYMBOL.findall(extension.read_bytes())), default=(0, 0))
        if wanted > newest:
            wrong.append(
                f"{extension.relative_to(root)}: wants glibc {wanted[0]}.{wanted[1]}, Lambda has {newest[0]}.{newest[1]}"
            )
    if wrong:
        cure = "Pin a release that has a manylinux2014 wheel, or package with a newer Python (3.12 or 3.13)."
        raise PackageError("\n".join([*wrong, cure]))


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def prune(root: Path) -> None:
    """Take away what is never read at run time."""
    data = root / "botocore" / "data"
    unused = [folder for folder in data.iterdir() if folder.is_dir() and folder.name not in SERVICES]
    unused += data.rglob(EXAMPLES)
    unused += (path for pattern in NOT_RUNTIME for path in root.rglob(pattern))
    unused += (path for pattern in NOT_RUNTIME_FOLDERS for path in root.rglob(pattern) if path.is_dir())
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def precompile(root: Path) -> None:
    """Byte code beside every source. Unchecked: Lambda's file dates differ from this machine's, and its disk is read-only."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(root, ddir=TASK_ROOT, quiet=1, invalidation_mode=mode, workers=0):
        raise PackageError("a source file does not compile")


def write(root: Path, archive: Path) -> None:
    """A zip that depends on nothing but names and contents."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in _files(root):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, path.read_bytes())


def _files(root: Path) -> Iterator[Path]:
    return iter(sorted((path for path in root.rglob("*") if path.is_file()), key=Path.as_posix))


def sizes(archive: Path) -> tuple[int, int]:
    """Bytes as uploaded and as unpacked (Lambda's limit: 250 MB unpacked)."""
    with zipfile.ZipFile(archive) as packed:
        return archive.stat().st_size, sum(entry.file_size for entry in packed.infolist())
