"""The architecture as rules on the source. Each test lists every place that breaks its rule."""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.deployment_zip import SERVICES

PROJECT = Path(__file__).parent.parent
LIBRARY = PROJECT / "chalicelib"
LEAVES = {"settings", "observability"}
PURE = {"domain", "city", "channels", "triage"}

# Imports point down: each part may use itself and these.
BELOW: dict[str, set[str]] = {
    "domain": {"city"},
    "city": set(),
    "channels": {"domain", "city"},
    "triage": {"domain", "city"},
    "store": {"domain", "city"} | LEAVES,
    "outbound": {"domain", "city", "channels"} | LEAVES,
    "pages": {"domain", "city"} | LEAVES,
    "usecases": {"domain", "city", "channels", "triage", "store", "outbound"} | LEAVES,
    "http": {"domain", "city", "channels", "triage", "store", "outbound", "usecases", "pages"} | LEAVES,
    "settings": set(),
    "observability": set(),
}
BELOW["app"] = set(BELOW)
# Who alone may import what.
ONLY = {"chalice": {"http", "app"}, "pynamodb": {"store"}, "boto3": set[str]()}
DEVELOPMENT = {"local", "bench", "scripts", "tests", "examples", "moto"}
# What the pure parts may use beside the standard library, and what of the standard library reaches outside the process.
PURE_LIBRARIES = {"msgspec", "h3", "cryptography", "chalicelib"}
OUTSIDE = ("http.client", "http.server", "smtplib", "socket", "ssl", "subprocess", "urllib.request")
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv"}
CLOCK_HOME = "chalicelib/usecases/desk.py"
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
CLOCKS |= {f"time.{name}" for name in ("time", "time_ns", "monotonic", "perf_counter", "gmtime", "localtime")}

SOURCES = [*sorted(LIBRARY.rglob("*.py")), PROJECT / "app.py"]
TREES = {path: ast.parse(path.read_text(), str(path)) for path in SOURCES}


def part(path: Path) -> str:
    """The part of the system a file belongs to: `domain`, …, `app`."""
    if not path.is_relative_to(LIBRARY):
        return path.stem
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The full name of everything a file imports, also inside functions and under TYPE_CHECKING."""
    package = path.relative_to(PROJECT).parts[:-1]
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = [".".join(package[: len(package) - node.level + 1])] if node.level else []
            yield from (".".join([*above, *([node.module] if node.module else []), alias.name]) for alias in node.names)


def dotted(path: Path) -> Iterator[tuple[int, str]]:
    """Every `name.attribute` of a file with its line; of `a.b.c` the last two."""
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            before = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            yield node.lineno, f"{before}.{node.attr}"


def at(path: Path, what: object) -> str:
    return f"{path.relative_to(PROJECT).as_posix()}: {what}"


def inside(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def test_every_part_has_its_place() -> None:
    assert {part(path) for path in SOURCES} - {"__init__"} <= set(BELOW)


def test_imports_point_down() -> None:
    wrong = [
        at(path, name)
        for path in SOURCES
        for name in imports(path)
        if inside(name, "chalicelib") and name.split(".")[1] not in BELOW[part(path)] | {part(path)}
    ]
    assert wrong == []


def test_nothing_deployed_imports_what_is_for_developers() -> None:
    assert [at(path, name) for path in SOURCES for name in imports(path) if name.split(".")[0] in DEVELOPMENT] == []


def test_some_libraries_have_one_home() -> None:
    wrong = [
        at(path, name)
        for path in SOURCES
        for name in imports(path)
        if part(path) not in ONLY.get(name.split(".")[0], {part(path)})
    ]
    assert wrong == []


def test_the_pure_parts_reach_nothing_outside() -> None:
    allowed = PURE_LIBRARIES | set(sys.stdlib_module_names)
    wrong = [
        at(path, name)
        for path in SOURCES
        if part(path) in PURE
        for name in imports(path)
        if name.split(".")[0] not in allowed or any(inside(name, module) for module in OUTSIDE)
    ]
    assert wrong == []


def test_time_is_an_argument() -> None:
    wrong = [
        at(path, f"line {line}: {name}")
        for path in SOURCES
        if part(path) in PURE | {"store", "usecases"} and path != PROJECT / CLOCK_HOME
        for line, name in dotted(path)
        if name in CLOCKS
    ]
    assert wrong == []


def test_only_settings_reads_the_environment() -> None:
    wrong = [
        at(path, name)
        for path in SOURCES
        if part(path) != "settings"
        for name in [*imports(path), *(name for _, name in dotted(path))]
        if name in ENVIRONMENT
    ]
    assert wrong == []


def test_a_module_is_at_most_three_screenfuls_and_a_function_one() -> None:
    wrong = [at(path, "too long") for path in SOURCES if len(path.read_text().splitlines()) > 300]
    for path in SOURCES:
        for node in ast.walk(TREES[path]):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 45:
                wrong.append(at(path, f"line {node.lineno}: {node.name} is too long"))
    assert wrong == []


def test_the_package_carries_every_aws_service_that_is_called() -> None:
    """scripts/deployment_zip.py leaves out the descriptions of all other services."""
    called = {
        node.args[0].value
        for path in SOURCES
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("client", "create_client")
    }
    assert called
    assert called <= SERVICES


def event_handlers() -> set[str]:
    """app.py's event handlers, by the names Chalice will give the functions."""
    kinds = {"on_dynamodb_record", "on_sqs_message", "on_sns_message", "schedule", "lambda_function"}
    found = set()
    for node in TREES[PROJECT / "app.py"].body:
        for made in getattr(node, "decorator_list", []):
            if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.func.attr in kinds:
                (name,) = [k.value for k in made.keywords if k.arg == "name"]
                assert isinstance(node, ast.FunctionDef)
                assert isinstance(name, ast.Constant)
                assert name.value == node.name, "the function is deployed under its own name"
                found.add(node.name)
    return found


def test_every_event_handler_is_configured_and_no_other() -> None:
    functions = json.loads((PROJECT / ".chalice/config.json").read_text())["lambda_functions"]
    assert event_handlers() | {"api_handler"} == set(functions)
    for name, settings in functions.items():
        assert (PROJECT / ".chalice" / settings["iam_policy_file"]).exists(), name


def test_no_event_handler_hides_below_app() -> None:
    """aws/chalice#1566: in a blueprint it would be deployed without app.py."""
    kinds = ("on_dynamodb_record", "on_sqs_message", "on_sns_message", "on_s3_event", "schedule", "lambda_function")
    wrong = [
        at(path, f"line {line}: {name}")
        for path in SOURCES
        if part(path) != "app"
        for line, name in dotted(path)
        if name.split(".")[1] in kinds
    ]
    assert wrong == []


def settings_read() -> set[str]:
    """The environment variables that settings.py reads."""
    calls = (node for node in ast.walk(TREES[LIBRARY / "settings.py"]) if isinstance(node, ast.Call) and node.args)
    named = (call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "get")
    return {name.value for name in named if isinstance(name, ast.Constant) and isinstance(name.value, str)}


def test_every_setting_is_given_to_the_functions_and_documented() -> None:
    resources = json.loads((PROJECT / ".chalice/resources.json").read_text())
    given = set(resources["Globals"]["Function"]["Environment"]["Variables"])
    assert settings_read() - {"AWS_REGION", "AWS_DEFAULT_REGION"} <= given
    operations = (PROJECT / "docs/operations.md").read_text()
    assert [name for name in sorted(given | set(resources["Parameters"])) if f"`{name}`" not in operations] == []
