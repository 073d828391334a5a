"""Makes what is deployed: build/package/sam.json and deployment.zip.

    python -m scripts.package [--stage dev] [--out build/package]

Chalice does the packaging; this checks its template, then makes its zip small and quick to start
(docs/adr/0003-packaging.md). Nothing here talks to AWS. Exit status 1 and a plain message when something is wrong.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import deployment_zip, sam_template
from scripts.deployment_zip import PackageError
from scripts.sam_template import REGION, TemplateError

PROJECT = Path(__file__).resolve().parent.parent
LAMBDA_PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))


def build(stage: str, out: Path, project: Path = PROJECT) -> Path:
    """Package the project for a stage into a folder; returns the template. Raises PackageError or TemplateError."""
    python = sys.version_info[:2]
    if python not in LAMBDA_PYTHONS:
        raise PackageError(f"Lambda has no runtime for Python {python[0]}.{python[1]}")
    if stage not in json.loads((project / ".chalice/config.json").read_text())["stages"]:
        raise PackageError(f"no stage {stage!r} in .chalice/config.json")
    with tempfile.TemporaryDirectory() as scratch:
        path, archive = Path(scratch, "sam.json"), Path(scratch, "deployment.zip")
        chalice(stage, Path(scratch), project)
        template = json.loads(path.read_text())
        sam_template.check(template)
        template["Parameters"]["Stage"]["Default"] = stage
        path.write_text(json.dumps(template, indent=1, ensure_ascii=False) + "\n")
        sam_template.lint(path)
        deployment_zip.rewrite(archive, python)
        # only what passed everything comes out
        out.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copy(made, out)) for made in (archive, path)][1]


def chalice(stage: str, out: Path, project: Path) -> None:
    """Run `chalice package`, with the merge template, for the region of the deployment. No credentials are needed."""
    for old in (project / ".chalice/deployments").glob("*.zip"):
        old.unlink()  # Chalice keeps one for every state of the sources and never throws one away
    merge = project / ".chalice/resources.json"
    command: list[str | Path] = [Path(sys.executable).with_name("chalice"), "package", "--stage", stage]
    command += ["--pkg-format", "cloudformation", "--merge-template", merge, out]
    environment = {**os.environ, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackageError(f"chalice package failed:\n{done.stdout}{done.stderr}")
    if "Could not install dependencies" in done.stdout:
        raise PackageError(done.stdout.strip())


def main() -> int:
    options = argparse.ArgumentParser(description="Package Tanggap for AWS Lambda.")
    options.add_argument("--stage", default="dev")
    options.add_argument("--out", type=Path, default=PROJECT / "build" / "package")
    given = options.parse_args()
    try:
        template = build(given.stage, given.out)
    except (PackageError, TemplateError) as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    packed, unpacked = deployment_zip.sizes(given.out / "deployment.zip")
    runtime = next(iter(sam_template.functions(json.loads(template.read_text())).values()))["Runtime"]
    print(f"stage {given.stage}, {REGION}, {runtime}; the template passes cfn-lint")
    print(f"{template}\n{given.out / 'deployment.zip'}: {packed / 1e6:.1f} MB, {unpacked / 1e6:.1f} MB unpacked")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
