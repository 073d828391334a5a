"""What the use cases work with: the city, the stores, the seals and the ways out, each made when first needed."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from chalicelib import city as packs
from chalicelib.city.model import City
from chalicelib.domain import tracking as numbers
from chalicelib.outbound.buckets import Buckets
from chalicelib.outbound.directory import Directory
from chalicelib.outbound.identity import IdentityFunction
from chalicelib.outbound.open_data import OpenData
from chalicelib.outbound.pacing import Pace
from chalicelib.outbound.queue import Queue
from chalicelib.outbound.sealing import Sealer
from chalicelib.outbound.secrets import Secrets
from chalicelib.outbound.topics import Topics
from chalicelib.settings import Settings
from chalicelib.store.channels import Channels
from chalicelib.store.client import client, upload_client
from chalicelib.store.conversations import Conversations
from chalicelib.store.deliveries import Deliveries
from chalicelib.store.desk_table import DeskTable
from chalicelib.store.finding import Finding
from chalicelib.store.followers import Followers
from chalicelib.store.journal import Journal
from chalicelib.store.listings import Listings
from chalicelib.store.members import Members
from chalicelib.store.neighbours import Neighbours
from chalicelib.store.overrides import OverridesTable
from chalicelib.store.photos import Photos
from chalicelib.store.prints import Prints
from chalicelib.store.reports import Reports
from chalicelib.store.standings import OpenReports
from chalicelib.store.trees import Trees
from chalicelib.usecases.counts import Counts
from chalicelib.usecases.live_city import LiveCity

_KEY_BYTES = 10  # 80 bits, 16 characters
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", numbers.ALPHABET)


class Desk:
    """One installation's desk. Only its clock methods read the time; rules are given it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._city: City | None = None

    @property
    def city(self) -> City:
        """The city as it is now: the pack, what the admins have changed of it, and what the settings say."""
        return self._city or self.live_city.at(self.ticks())

    @city.setter
    def city(self, city: City) -> None:
        """Another one, whatever is stored (tests)."""
        self._city = city

    @cached_property
    def live_city(self) -> LiveCity:
        """Looks for changes of the admins."""
        return LiveCity(packs.load(self.settings.city), lambda: self.overrides.head(), self._finished)

    def _finished(self, city: City) -> City:
        city = city.switched(self.settings.channels_on, self.settings.channels_off)
        return city if self.settings.sla_scale == 1 else city.scaled(self.settings.sla_scale)

    @cached_property
    def reports(self) -> Reports:
        """The reports table."""
        return Reports(self.settings.table("reports"), self.settings.region, lambda: self.city)

    @cached_property
    def listings(self) -> Listings:
        """Lists of what is public."""
        return Listings(self.settings.table("reports"), self.settings.region)

    @cached_property
    def neighbours(self) -> Neighbours:
        """What stands around a report."""
        settings = self.settings
        return Neighbours(settings.table("reports"), settings.table("photos"), settings.region, lambda: self.city)

    @cached_property
    def conversations(self) -> Conversations:
        """The conversations table."""
        return Conversations(self.settings.table("conversations"), self.settings.region)

    @cached_property
    def deliveries(self) -> Deliveries:
        """The deliveries table."""
        return Deliveries(self.settings.table("deliveries"), self.settings.region)

    @cached_property
    def things(self) -> DeskTable:
        """The desk table: what the people at work need beside reports."""
        return DeskTable(self.settings.table("desk"), self.settings.region)

    @cached_property
    def tally_items(self) -> DeskTable:
        """The tallies table: what the figures, the map, the open data and the trees are made from."""
        return DeskTable(self.settings.table("tallies"), self.settings.region)

    @cached_property
    def trees(self) -> Trees:
        """The trees that the archive closes, and what stands in them."""
        return Trees(self.tally_items)

    @cached_property
    def follow_items(self) -> DeskTable:
        """The followers table: who has joined a report, and who wants to hear of a place."""
        return DeskTable(self.settings.table("followers"), self.settings.region)

    @cached_property
    def followers(self) -> Followers:
        """Who has joined a report, and who wants to hear of a place."""
        settings = self.settings
        return Followers(self.follow_items, settings.table("followers"), settings.table("reports"), settings.region)

    @cached_property
    def open_data(self) -> OpenData:
        """The bucket of the open data."""
        return OpenData(client("s3", self.settings.region), self.settings.open_data_bucket)

    @cached_property
    def prints(self) -> Prints:
        """Prints of pictures."""
        return Prints(self.things)

    @cached_property
    def members(self) -> Members:
        """The accounts of the staff."""
        return Members(self.things)

    @cached_property
    def open_reports(self) -> OpenReports:
        """How all open reports stand."""
        return OpenReports(self.settings.table("reports"), self.settings.region)

    @cached_property
    def standing(self) -> Any:
        """What this process has read of that lately (`oversight.Standing`)."""
        from chalicelib.usecases.oversight import Standing

        return Standing()

    @cached_property
    def overrides(self) -> OverridesTable:
        """What the admins have changed of the pack."""
        return OverridesTable(self.things)

    @cached_property
    def journal(self) -> Journal:
        """Who did what, apart from reports' own histories."""
        return Journal(self.things)

    @cached_property
    def identity(self) -> IdentityFunction:
        """The function that opens seals, for processes that cannot."""
        return IdentityFunction(client("lambda", self.settings.region), self.settings.identity_function)

    @cached_property
    def finding(self) -> Finding:
        """Look-ups of reports by marks and by areas."""
        return Finding(self.settings.table("reports"), self.settings.region, self.things)

    @cached_property
    def directory(self) -> Directory | None:
        """The user pool; None where the sign-in is another issuer's."""
        pool = self.settings.user_pool_id
        return Directory(client("cognito-idp", self.settings.region), pool) if pool else None

    @cached_property
    def photos(self) -> Photos:
        """The photos table."""
        return Photos(self.settings.table("photos"), self.settings.region)

    @cached_property
    def buckets(self) -> Buckets:
        """The buckets of pictures."""
        region = self.settings.region
        return Buckets(client("s3", region), upload_client(region, self.settings.s3_url), self.settings)

    @cached_property
    def photo_jobs(self) -> Queue:
        """The queue of the photos function."""
        return Queue(client("sqs", self.settings.region), self.settings.photos_queue_url)

    @cached_property
    def channels(self) -> Channels:
        """The channels table."""
        return Channels(self.settings.table("channels"), self.settings.region)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals, and opens where the function's role may."""
        return Sealer(client("kms", self.settings.region), self.settings.kms_key_id)

    @cached_property
    def secrets(self) -> Secrets:
        """The secrets of channels and of the city."""
        return Secrets(client("ssm", self.settings.region), self.settings.stage)

    @cached_property
    def topics(self) -> Topics:
        """The SNS topics."""
        return Topics(client("sns", self.settings.region), self.settings)

    @cached_property
    def answers(self) -> Queue:
        """The queue of the replies function, for answers to people who ask."""
        return Queue(client("sqs", self.settings.region), self.settings.replies_queue_url)

    @cached_property
    def counts(self) -> Counts:
        """What this process has taken lately."""
        return Counts()

    @cached_property
    def refusals(self) -> Any:
        """What this process has noted of refused deliveries (`channel_health.Refusals`)."""
        from chalicelib.usecases.channel_health import Refusals

        return Refusals()

    @cached_property
    def pace(self) -> Pace:
        """How quickly this process may send."""
        return Pace()

    @cached_property
    def sns(self) -> Any:
        """The notification service, for text messages."""
        return client("sns", self.settings.region)

    @cached_property
    def ses(self) -> Any:
        """The mail service."""
        return client("sesv2", self.settings.region)

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    def ticks(self) -> float:
        """Seconds on a clock that only goes forward, for caches."""
        return time.monotonic()

    def key_of(self, tracking: str, key_version: int) -> str:
        """The reporter's key to a report: derived, so that a repeated webhook gets the same answer; a higher
        `key_version` revokes it."""
        secret = self.secrets.key("reporter", self.ticks())
        digest = numbers.keyed_digest(secret, tracking, str(key_version))[:_KEY_BYTES]
        return base64.b32encode(digest).decode().translate(_CROCKFORD)

    def sender_hash(self, channel: str, sender: str, *, verified: bool = True) -> str:
        """The keyed hash under which a sender is known. An unverified sender is somebody else than the verified one."""
        secret = self.secrets.key("sender", self.ticks())
        return numbers.keyed_digest(secret, channel if verified else f"{channel}?", sender).hex()[:32]

    def status_url(self, tracking: str) -> str:
        """Where anyone can follow a report."""
        return f"{self.settings.public_url}/reports/{tracking}"
