"""What `make package` makes: the merged template and the zip."""

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts import sam_template

pytestmark = pytest.mark.package

HANDLERS = {
    "APIHandler": "app.app",
    "ReceiveEmail": "app.receive_email",
    "Photos": "app.photos",
    "ReceiveSms": "app.receive_sms",
    "Relay": "app.relay",
    "Replies": "app.replies",
    "Watch": "app.watch",
    "WatchChannels": "app.watch_channels",
    "Tallies": "app.tallies",
    "Publish": "app.publish",
    "Sweep": "app.sweep",
    "Reconcile": "app.reconcile",
    "Identity": "app.identity",
}
Template = dict[str, Any]


def test_every_handler_is_in_app(template: Template) -> None:
    assert {name: p["Handler"] for name, p in sam_template.functions(template).items()} == HANDLERS


def test_every_function_has_a_role_of_its_own_with_its_own_policy(template: Template) -> None:
    roles = {name: p["Role"]["Fn::GetAtt"][0] for name, p in sam_template.functions(template).items()}
    assert len(set(roles.values())) == len(HANDLERS)
    for function, role in roles.items():
        (policy,) = template["Resources"][role]["Properties"]["Policies"]
        own = template["Resources"][function]["Properties"]["FunctionName"]["Fn::Sub"]
        assert own in json.dumps(policy["PolicyDocument"]), function
        assert "placeholder" not in json.dumps(policy)
    http = template["Resources"][roles["APIHandler"]]
    assert "kms:Decrypt" not in json.dumps(http)


def test_every_function_keeps_its_log_for_a_limited_time(template: Template) -> None:
    groups = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Logs::LogGroup"]
    named = {g["LogGroupName"]["Fn::Sub"] for g in groups}
    assert named == {f"/aws/lambda/${{{name}}}" for name in HANDLERS}
    assert {g["RetentionInDays"] for g in groups} == {30}


def test_the_events_come_from_our_resources(template: Template) -> None:
    assert not list(sam_template.placeholders(template))
    events = {
        kind: made["Properties"]
        for p in sam_template.functions(template).values()
        for made in p.get("Events", {}).values()
        for kind in [made["Type"]]
        if kind != "Schedule"
    }
    assert events["DynamoDB"]["Stream"] == {"Fn::GetAtt": ["ReportsTable", "StreamArn"]}
    functions = sam_template.functions(template)
    for function in ("Replies", "Photos", "Watch", "Tallies"):
        (made,) = functions[function]["Events"].values()
        assert made["Properties"]["Queue"] == {"Fn::GetAtt": [f"{function}Queue", "Arn"]}
    for function, topic in (("ReceiveEmail", "MailTopic"), ("ReceiveSms", "SmsInboundTopic")):
        (made,) = functions[function]["Events"].values()
        assert (made["Type"], made["Properties"]["Topic"]) == ("SNS", {"Ref": topic})


def test_the_sweep_runs_every_minute_and_reconcile_daily(template: Template) -> None:
    functions = sam_template.functions(template)
    assert functions["Sweep"]["Events"]["SweepEvent"]["Properties"] == {"Schedule": "rate(1 minute)"}
    assert functions["Reconcile"]["Events"]["ReconcileEvent"]["Properties"]["Schedule"].startswith("cron(")


def test_the_api_is_regional_and_the_stage_is_the_one_asked_for(template: Template) -> None:
    assert template["Resources"]["RestAPI"]["Properties"]["EndpointConfiguration"] == {"Type": "REGIONAL"}
    assert template["Parameters"]["Stage"]["Default"] == "dev"


def test_what_the_gateway_answers_itself_is_a_problem_as_ours(template: Template) -> None:
    told = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    nowhere = told["MISSING_AUTHENTICATION_TOKEN"]
    assert nowhere["StatusCode"] == 404
    assert json.loads(nowhere["ResponseTemplates"]["application/json"])["code"] == "unknown"
    refused = told["DEFAULT_4XX"]["ResponseTemplates"]["application/json"]
    assert json.loads(refused.replace("$context.error.messageString", '"x"')) == {"code": "refused", "message": "x"}
    assert json.loads(told["DEFAULT_5XX"]["ResponseTemplates"]["application/json"])["code"] == "unavailable"


def test_a_misspelt_resource_an_event_and_a_foreign_handler_are_found(template: Template) -> None:
    wrong = copy.deepcopy(template)
    wrong["Resources"]["Relai"] = {"Properties": {"FunctionName": "x"}}
    wrong["Resources"]["Relay"]["Properties"]["Events"]["RelayDynamodbEvent"] = {"Properties": {"BatchSize": 1}}
    wrong["Resources"]["Sweep"]["Properties"]["Handler"] = "chalicelib.usecases.sweep.sweep"
    assert sam_template.unmatched_patches(wrong) == ["Relai", "Relay.Events.RelayDynamodbEvent"]
    assert sam_template.foreign_handlers(wrong) == ["Sweep: chalicelib.usecases.sweep.sweep"]
    with pytest.raises(sam_template.TemplateError, match="Relai"):
        sam_template.check(wrong)


@pytest.mark.parametrize(
    ("field", "misspelt"), [("FunctionResponseTypes", "FunctionResponseType"), ("TRIM_HORIZON", "TRIM_HORIZONT")]
)
def test_a_slip_in_an_event_source_is_found(built: Path, tmp_path: Path, field: str, misspelt: str) -> None:
    text = (built / "sam.json").read_text()
    assert field in text
    wrong = tmp_path / "sam.json"
    wrong.write_text(text.replace(f'"{field}"', f'"{misspelt}"'))
    with pytest.raises(sam_template.TemplateError, match=misspelt):
        sam_template.lint(wrong)


def test_the_zip_holds_only_what_runs(built: Path) -> None:
    with zipfile.ZipFile(built / "deployment.zip") as packed:
        names = packed.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {"app.py", "chalicelib", "chalice", "botocore", "msgspec"} <= tops
    assert not tops & {"boto3", "pip", "setuptools", "moto", "local", "tests", "bench", "scripts", "include", "lib64"}
    assert "chalice/local.py" not in names
    sources = {name for name in names if name.endswith(".py")}
    compiled = {name for name in names if name.endswith(".pyc")}
    assert len(compiled) == len(sources)
    assert names == sorted(names)


def test_the_city_travels_with_the_code(built: Path) -> None:
    with zipfile.ZipFile(built / "deployment.zip") as packed:
        names = set(packed.namelist())
    city = Path("chalicelib/city/jakarta")
    for file in (Path(__file__).parents[2] / city).rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            assert (city / file.relative_to(Path(__file__).parents[2] / city)).as_posix() in names, file
