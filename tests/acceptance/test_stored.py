"""What lies in the stores, seen through the AWS endpoint: sealed, and nothing given up on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from tests.acceptance.clients import Server, fresh, phone, until
from tests.acceptance.test_mail import BODY, found, letter


@contextmanager
def aws(city: Server, service: str) -> Iterator[Any]:
    """A client of a service at the local endpoint."""
    client = Session().create_client(
        service,
        region_name="ap-southeast-3",
        endpoint_url=f"http://127.0.0.1:{city.aws_port}",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    with closing(client):
        yield client


def everything(city: Server) -> str:
    """All items of all tables, binary values as the text they would be."""
    with aws(city, "dynamodb") as tables:
        parts = []
        for name in tables.list_tables()["TableNames"]:
            for page in tables.get_paginator("scan").paginate(TableName=name):
                parts.append(repr(page["Items"]))
    return "\n".join(parts)


def test_who_reports_is_nowhere_in_the_tables_in_plain_text(city: Server) -> None:
    number, mailbox, mark = phone(), f"{fresh('bunga')}@warga.example", fresh("tanda")
    tracking = city.report(
        reporter={
            "name": "Sekarwangi Purnama",
            "address": "Jl. Teratai Putih 31",
            "phone": "+628177700099",
            "email": "sekar@rumah.example",
        },
        text=f"Jalan rusak {mark}, hubungi Sekarwangi Purnama di 0817-7700-099.",
    )["tracking"]
    city.sms(
        "Jalan rusak. Lokasi: depan Stasiun Cikini, Kelurahan Cikini. Nama: Tunggadewi. Alamat: Jl. Soka 8", number
    )
    city.to(number)
    mail_mark = fresh("tanda")
    city.mail(letter(BODY.format(mark=mail_mark), mailbox).as_bytes(), mailbox)
    found(city, mail_mark)
    city.quiet()
    stored = everything(city)
    assert tracking in stored
    assert mark in stored
    for secret in (
        "Sekarwangi", "Teratai Putih", "8177700099", "7700-099", "sekar@", "Tunggadewi", "Soka 8", number, number[3:], mailbox,
        "Anggraini", "Pegangsaan",
    ):  # fmt: skip
        assert secret not in stored, secret


def test_every_secret_and_key_of_a_reporter_is_derived_and_not_stored(city: Server) -> None:
    given = city.report(private=True)
    stored = everything(city)
    assert given["tracking"] in stored
    assert given["key"] not in stored


@pytest.mark.parametrize("service", ["dynamodb", "sns", "sqs", "s3", "kms", "ssm"])
def test_the_endpoint_speaks_to_an_ordinary_client(city: Server, service: str) -> None:
    calls = {
        "dynamodb": "list_tables", "sns": "list_topics", "sqs": "list_queues", "s3": "list_buckets", "kms": "list_aliases",
        "ssm": "describe_parameters",
    }  # fmt: skip
    with aws(city, service) as client:
        answer = getattr(client, calls[service])()
    assert "tanggap" in json.dumps(answer, default=str)


def test_nothing_was_given_up_on(city: Server) -> None:
    """After all that the examiner has sent, no dead letter and no failed event."""
    city.report()
    city.quiet()
    with aws(city, "sqs") as queues:
        for url in queues.list_queues()["QueueUrls"]:
            if "dead" in url or "dlq" in url:
                counts = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                assert counts["ApproximateNumberOfMessages"] == "0", url
    with aws(city, "s3") as buckets:
        failures = [b["Name"] for b in buckets.list_buckets()["Buckets"] if "failure" in b["Name"]]
        assert failures
        for name in failures:
            kept = until(lambda name=name: [buckets.list_objects_v2(Bucket=name)])[0]
            assert kept.get("Contents", []) == [], [entry["Key"] for entry in kept["Contents"]]
