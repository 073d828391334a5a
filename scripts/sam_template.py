"""What the merged SAM template must satisfy before anyone deploys it. Pure, except for `lint`, which runs cfn-lint."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Template = dict[str, Any]

REGION = "ap-southeast-3"
FUNCTION = "AWS::Serverless::Function"

# polled events: how SAM names the source (CloudFormation: `EventSourceArn`), and an ARN of that kind
POLLED = {
    "DynamoDB": ("Stream", f"arn:aws:dynamodb:{REGION}:000000000000:table/some/stream/2026-01-01T00:00:00.000"),
    "SQS": ("Queue", f"arn:aws:sqs:{REGION}:000000000000:some"),
}


class TemplateError(Exception):
    """The template would deploy something other than what was meant, or not deploy at all."""


def functions(template: Template) -> dict[str, dict[str, Any]]:
    """Logical id → properties of every function."""
    return {name: r["Properties"] for name, r in template["Resources"].items() if r.get("Type") == FUNCTION}


def foreign_handlers(template: Template) -> list[str]:
    """Handlers outside app.py. They would start without the composition root: no settings, no middleware."""
    return [f"{name}: {p['Handler']}" for name, p in functions(template).items() if not p["Handler"].startswith("app.")]


def unmatched_patches(template: Template) -> list[str]:
    """Entries of resources.json that patch nothing. Chalice merges by name and takes a misspelt name in silence;
    it is then left without the `Type` that only Chalice's own part has."""
    bare = [name for name, resource in template["Resources"].items() if "Type" not in resource]
    events = ((name, p.get("Events", {})) for name, p in functions(template).items())
    return bare + [f"{name}.Events.{event}" for name, made in events for event, e in made.items() if "Type" not in e]


def placeholders(template: Template) -> Iterator[str]:
    """Functions still bound to the placeholder ARNs of app.py's decorators."""
    for name, properties in functions(template).items():
        if "placeholder" in json.dumps(properties):
            yield name


def event_source_mappings(template: Template) -> Template:
    """A plain CloudFormation template of the polled events: cfn-lint knows its fields, but not those of SAM's events."""
    resources = {}
    for name, properties in functions(template).items():
        for event, made in properties.get("Events", {}).items():
            if made["Type"] not in POLLED:
                continue
            source, arn = POLLED[made["Type"]]
            fields = {field: _literal(value) for field, value in made["Properties"].items() if field != source}
            mapping = {"FunctionName": name, "EventSourceArn": arn, **fields}
            resources[event] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def _literal(value: Any) -> Any:
    """References to other resources as ARNs, so that the part stands alone."""
    if isinstance(value, dict):
        if value.keys() & {"Ref", "Fn::GetAtt", "Fn::Sub"}:
            return "arn:aws:s3:::bucket"
        return {key: _literal(inner) for key, inner in value.items()}
    return [_literal(inner) for inner in value] if isinstance(value, list) else value


def check(template: Template) -> None:
    """Raise TemplateError naming everything that is wrong."""
    wrong = [f"handler outside app.py: {h}" for h in foreign_handlers(template)]
    wrong += [f".chalice/resources.json patches nothing in Chalice's output: {p}" for p in unmatched_patches(template)]
    wrong += [f"still bound to a placeholder ARN: {p}" for p in placeholders(template)]
    if wrong:
        raise TemplateError("\n".join(wrong))


def lint(path: Path) -> None:
    """Raise TemplateError with cfn-lint's findings, warnings included, on the template and on its event sources."""
    template = json.loads(path.read_text())
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch, "event-sources.json")
        sources.write_text(json.dumps(event_source_mappings(template), indent=1))
        tool = Path(sys.executable).with_name("cfn-lint")
        done = subprocess.run(
            [tool, "--regions", REGION, "--", path, sources], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise TemplateError(f"cfn-lint:\n{done.stdout}{done.stderr}")
