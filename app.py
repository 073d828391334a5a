"""The composition root: the HTTP application, and every Lambda handler. Event handlers stand here and not in a
blueprint, because Chalice would deploy those without ever importing this module (aws/chalice#1566).
"""

from __future__ import annotations

import os
from typing import Any

from chalice.app import Cron, Rate

from chalicelib import settings
from chalicelib.http import (
    channels,
    citizens,
    context,
    open311,
    pictures,
    report_form,
    staff,
    staff_channels,
    staff_reports,
)
from chalicelib.http.application import Application
from chalicelib.http.desk import (
    acting,
    agency,
    agency_bulk,
    counter,
    field,
    framed,
    maps,
    overview,
    reports,
    search,
    settings_categories,
    settings_channels,
    settings_members,
    settings_tables,
    settings_texts,
    sign_in,
    slip,
    start,
    triage,
    validation,
)
from chalicelib.http.desk import (
    identity as identity_pages,
)
from chalicelib.http.desk import (
    settings as desk_settings,
)
from chalicelib.http.site import feeds, following, home, offline, open_data, performance
from chalicelib.http.site import mapping as map_page
from chalicelib.http.site import proof as proof_page
from chalicelib.http.site import start as site_start
from chalicelib.http.site import status as status_page
from chalicelib.observability import logger, mute
from chalicelib.usecases.desk import Desk

app = Application(app_name="tanggap", configure_logs=False)
# The picture types are what browsers name first when they ask for a picture.
app.api.binary_types = [*app.api.binary_types, "multipart/form-data", "image/avif", "image/webp", "image/apng"]
for routes in (
    channels.routes,
    citizens.routes,
    pictures.routes,
    report_form.routes,
    staff.routes,
    staff_channels.routes,
    staff_reports.routes,
    open311.routes,
    # the citizens' pages
    site_start.routes,
    open_data.routes,
    feeds.routes,
    proof_page.routes,
    home.routes,
    following.routes,
    performance.routes,
    offline.routes,
    map_page.routes,
    status_page.routes,
    # the desk's pages
    framed.routes,
    overview.routes,
    desk_settings.routes,
    settings_categories.routes,
    settings_channels.routes,
    settings_members.routes,
    settings_tables.routes,
    settings_texts.routes,
    counter.routes,
    slip.routes,
    search.routes,
    identity_pages.routes,
    maps.routes,
    sign_in.routes,
    start.routes,
    acting.routes,
    reports.routes,
    agency.routes,
    agency_bulk.routes,
    triage.routes,
    validation.routes,
    field.routes,
):
    app.register_blueprint(routes)

desk = Desk(settings.read())
context.open_desk(desk)
if not desk.settings.metrics:
    mute()

_QUEUE_PLACEHOLDER = "arn:aws:sqs:ap-southeast-3:000000000000:placeholder"
_STREAM_PLACEHOLDER = "arn:aws:dynamodb:ap-southeast-3:000000000000:table/placeholder/stream/1"
_TOPIC_PLACEHOLDER = "arn:aws:sns:ap-southeast-3:000000000000:placeholder"


@app.on_dynamodb_record(stream_arn=_STREAM_PLACEHOLDER, batch_size=25, name="relay")
def relay(event: Any) -> dict[str, Any]:
    """The reports table's stream → topics. The first record that fails is where the batch is taken up again."""
    from chalicelib.usecases.relay import relay as announce

    claimant = os.urandom(8).hex()
    for record in event.to_dict()["Records"]:
        try:
            announce(desk, record, claimant=claimant)
        except Exception as error:
            number = record.get("dynamodb", {}).get("SequenceNumber", "")
            logger().exception(
                "a record was not relayed", extra={"sequence_number": number, "error": type(error).__name__}
            )
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}


@app.on_sqs_message(queue_arn=_QUEUE_PLACEHOLDER, batch_size=10, name="replies")
def replies(event: Any) -> dict[str, Any]:
    """Events → the reporter. Each message stands for itself."""
    from chalicelib.usecases.deliver import deliver

    records = event.to_dict()["Records"]
    failed = [record["messageId"] for record in records if not deliver(desk, record, claimant=os.urandom(8).hex())]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@app.on_sqs_message(queue_arn=_QUEUE_PLACEHOLDER, batch_size=1, name="photos")
def photos(event: Any) -> dict[str, Any]:
    """Reports' pictures, and uploads: fetched, looked at, shown. The only function that loads Pillow."""
    from chalicelib.usecases.picture_jobs import take

    records = event.to_dict()["Records"]
    failed = [record["messageId"] for record in records if not take(desk, record, seed=os.urandom(16).hex())]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@app.on_sns_message(topic=_TOPIC_PLACEHOLDER, name="receive_email")
def receive_email(event: Any) -> list[str]:
    """SES's notice of a stored mail → a report. What fails is retried by Lambda and then kept whole."""
    from chalicelib.channels.ses_notice import notice
    from chalicelib.store.client import client
    from chalicelib.usecases.receive_mail import receive_mail

    found = notice(event.to_dict(), bucket=desk.settings.mail_bucket, prefix="inbound/")
    s3 = client("s3", desk.settings.region)
    return [receive_mail(desk, each, s3, seed=os.urandom(16).hex()) for each in found]


@app.on_sns_message(topic=_TOPIC_PLACEHOLDER, name="receive_sms")
def receive_sms(event: Any) -> list[str]:
    """AWS two-way SMS → a report. What is no text is refused; what fails is retried by Lambda and then kept whole."""
    from chalicelib.usecases.receive_sms import messages_in
    from chalicelib.usecases.receive_sms import receive_sms as receive

    return [receive(desk, each, seed=os.urandom(16).hex()) for each in messages_in(desk, event.to_dict())]


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
def sweep(event: Any) -> dict[str, int]:
    """What is due, every minute; and long texts whose last parts have not come."""
    from chalicelib.usecases.sweep import sweep as take_steps

    swept = take_steps(desk, seed=os.urandom(16).hex())
    _flush_parts()
    logger().info("swept", extra=swept._asdict())
    return swept._asdict()


def _flush_parts() -> None:
    """Only where some channel in use has texts in parts: else the query would cost something every minute for nothing."""
    today = desk.city.local_day(desk.now())
    if any(channel.adapter == "vonage" and channel.in_use(today) for channel in desk.city.channels.values()):
        from chalicelib.usecases.hear import hear
        from chalicelib.usecases.parts import flush

        flush(desk, desk.now(), lambda message: hear(desk, message, seed=os.urandom(16).hex()))


@app.on_sqs_message(queue_arn=_QUEUE_PLACEHOLDER, batch_size=10, name="watch")
def watch(event: Any) -> dict[str, Any]:
    """Events → which channels are alive, and texts that come from a crowd. Each message stands for itself."""
    from chalicelib.usecases.watch import group_same_text, note_deliveries, read_event

    told, failed = [], []
    for record in event.to_dict()["Records"]:
        try:
            told.append(read_event(record["body"]))
            group_same_text(desk, told[-1], seed=os.urandom(16).hex())
        except Exception as error:
            logger().exception(
                "an event was not watched", extra={"message_id": record["messageId"], "error": type(error).__name__}
            )
            failed.append({"itemIdentifier": record["messageId"]})
    note_deliveries(desk, told)
    return {"batchItemFailures": failed}


@app.on_sqs_message(queue_arn=_QUEUE_PLACEHOLDER, batch_size=1000, name="tallies")
def tallies(event: Any) -> dict[str, Any]:
    """Events → the figures, the next tree, and alerts of what is new near a place. Each report of a batch once."""
    from chalicelib.usecases.tallies import take

    return {"batchItemFailures": [{"itemIdentifier": each} for each in take(desk, event.to_dict()["Records"])]}


@app.schedule(Cron(30, 17, "*", "*", "?", "*"), name="publish")
def publish(event: Any) -> dict[str, Any]:
    """Every night (00.30 in Jakarta), and on demand: closes the tree of what has changed, and writes the open data."""
    from chalicelib.usecases.publish import publish as write

    done = write(desk)
    logger().info("published", extra=done)
    return done


@app.schedule(Rate(15, unit=Rate.MINUTES), name="watch_channels")
def watch_channels(event: Any) -> list[str]:
    """Every quarter of an hour: which channels are silent for longer than they usually are."""
    from chalicelib.usecases.channel_health import watch_silence

    return watch_silence(desk)


@app.schedule(Cron(0, 19, "*", "*", "?", "*"), name="reconcile")
def reconcile(event: Any) -> dict[str, int]:
    """Every night (02.00 in Jakarta), and on demand with `{"days": n}`: announces what was missed. With `{"recount": [first day,
    last day]}` it only works out the figures of what changed last on these days anew."""
    from chalicelib.usecases.reconcile import DAYS
    from chalicelib.usecases.reconcile import reconcile as make_good

    if days := event.to_dict().get("recount"):
        from chalicelib.usecases.tallies import recount_between

        return recount_between(desk, *days)._asdict()
    days = int(event.to_dict().get("days", DAYS))
    done = make_good(desk, days=days, claimant=os.urandom(8).hex())
    logger().info("reconciled", extra=done._asdict())
    if done.failed:  # the function's own alarm hears of it
        raise RuntimeError(f"{done.failed} reports could not be reconciled")
    return done._asdict()


def _for_the_reporter(event: dict[str, Any]) -> dict[str, Any]:
    """What is stored about oneself, opened or erased: `{do: "mine"|"erase", tracking, …}`; the key was shown before."""
    from chalicelib.domain.errors import ReportError
    from chalicelib.usecases.reporter import asked_of_identity

    try:
        return asked_of_identity(desk, event, seed=os.urandom(16).hex())
    except ReportError as error:
        return {"code": error.code, "message": error.message, "details": error.details}


@app.lambda_function(name="identity")
def identity(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Opens who reported, or (with `photo`) the original of a picture, for somebody with a right to know; `{tracking, role,
    agency?, who, why, photo?}`. Recorded first. With `do`: for the reporter themselves."""
    from chalicelib.domain.errors import ReportError
    from chalicelib.domain.lifecycle import Role
    from chalicelib.usecases.act import Actor
    from chalicelib.usecases.identity import open_identity, open_photo

    if event.get("do"):
        return _for_the_reporter(event)
    try:
        actor = Actor(role=Role(event.get("role", "")), agency=event.get("agency"), subject=str(event.get("who", "")))
        tracking, photo = str(event.get("tracking", "")), str(event.get("photo") or "")
        action_id = f"{event.get('who', '')}:{event.get('action_id') or os.urandom(12).hex()}"
        why, seed = str(event.get("why", "")), os.urandom(16).hex()
        if photo:
            opened = open_photo(desk, tracking, photo, actor, why=why, action_id=action_id, seed=seed)
        else:
            opened = open_identity(desk, tracking, actor, why=why, action_id=action_id, seed=seed)
    except ReportError as error:
        return {"code": error.code, "message": error.message, "details": error.details}
    except ValueError:
        return {"code": "invalid", "message": "There is no such role.", "details": {"role": "unknown"}}
    logger().info("an identity was opened", extra={"tracking": opened["tracking"], "who": actor.subject})
    return opened
