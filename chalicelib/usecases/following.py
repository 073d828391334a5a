"""Wishes to be told: of one report's changes (`joining`), of new reports around a place (`alerts`). What both share: who
somebody is, the link that confirms and stops, and that nobody hears of anything they have not asked for twice by e-mail, or
once by a channel that proves who they are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta

import msgspec

from chalicelib.channels.message import Message
from chalicelib.city.gsm7 import has_blocked
from chalicelib.city.model import Channel, City
from chalicelib.city.short import ADAPTERS
from chalicelib.domain import tracking as numbers
from chalicelib.domain.around import Around
from chalicelib.domain.errors import Invalid, NotAllowedNow, Unknown
from chalicelib.outbound.sealing import Sealed
from chalicelib.store.followers import ALERT, JOIN, Name, Wish
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.merging import leader_of
from chalicelib.usecases.persons import inbox, person

ASKS_A_DAY = 5
"""Confirmations that go to one inbox on one day, whatever they are for; one for each report or place."""
MOST = {JOIN: 50, ALERT: 10}
"""How many one person may have."""
QUIET = timedelta(days=7)
"""Whoever stopped something is not asked again for so long: others may type their address as often as they like."""
_LONGEST_EMAIL = 254
# One plain address: what the mail's sender takes, with a domain that has a dot.
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?\.[A-Za-z]{2,24}"
)
_TOKEN = re.compile(r"[a-z2-7]{32}")
_TOKEN_BYTES = 20


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the replies queue: the mail that asks whether a wish is meant. `day` is the city's."""

    name: Name
    day: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a link leads to, for its page: never who. `lang` is that of the message it stood in."""

    what: str
    of: str
    active: bool
    around: Around | None = None
    lang: str = ""


def address_in(typed: str) -> str:
    """The e-mail address that was typed. Raises Invalid on `email`."""
    address = typed.strip()
    plain = len(address) <= _LONGEST_EMAIL and ".." not in address and _EMAIL.fullmatch(address)
    if not plain:
        raise Invalid("This e-mail address is not right.", details={"email": "must be like name@example.id"})
    return address


def mail_channel(city: City) -> str:
    """The id of the channel that mails go out by. Raises NotAllowedNow when the city has none."""
    found = next((each.id for each in city.channels.values() if each.adapter == "email"), None)
    if found is None:
        raise NotAllowedNow("This city sends no e-mail.")
    return found


def can_tell(channel: Channel) -> bool:
    """Whether a channel reaches a person unasked, later: SMS, e-mail, Telegram, WhatsApp."""
    own = channel.adapter in ADAPTERS | {"email", "telegram"}
    return own or "whatsapp" in channel.inbound.get("object", "")


def short_place(city: City, area: str, lang: str) -> str:
    """A kelurahan's name for a text message: not one that carriers would block it for ("Pinang …")."""
    name = city.areas[area].name if area in city.areas else ""
    blocked = not name or has_blocked(name, city.policy.sms_blocked_words)
    return city.text("following.that_place", lang) if blocked else name


def token_of(desk: Desk, wish: Wish) -> str:
    """What a person's link ends in: 160 bits that only whoever has the city's key can make of the wish."""
    key = desk.secrets.key("follow-token", desk.ticks())
    digest = hmac.digest(key, f"{wish.who}:{wish.nonce}".encode(), "sha256")[:_TOKEN_BYTES]
    return base64.b32encode(digest).decode().lower()


def digest_of(token: str) -> str:
    """Under what a link is looked up: the table never holds the link itself."""
    return hashlib.sha256(token.encode()).hexdigest()[:40]


def link_of(desk: Desk, wish: Wish) -> str:
    """The page where a wish is confirmed, looked at and stopped."""
    return f"{desk.settings.public_url}/follow/{token_of(desk, wish)}"


def sealed(desk: Desk, to: Sealed, who: str) -> str:
    """A contact that only the replies function opens. It may go with the person from one report to another."""
    return base64.b64encode(desk.sealer.seal(to, _whose(who), desk.ticks())).decode()


def opened(desk: Desk, wish: Wish) -> Sealed:
    """How the person is reached. Only the replies function may."""
    return desk.sealer.open(base64.b64decode(wish.to), _whose(wish.who), desk.ticks())


def _whose(who: str) -> str:
    return f"follow#{who}"


def ask(desk: Desk, what: str, of: str, *, email: str, lang: str, seed: str, around: Around | None = None) -> None:
    """Puts the mail on its way that asks whether the wish is meant: at most one a day for each address and wish, five for
    each inbox, none where its reader wants none. Who asks learns nothing of what is known. Raises Invalid on `email`."""
    address, way, now = address_in(email), mail_channel(desk.city), desk.now()
    who, day = person(desk, way, address), desk.city.local_day(now).isoformat()
    name = Name(what=what, of=of, who=who)
    known = desk.followers.get(name, now=now)
    if (known is not None and known.active) or desk.followers.has_stopped(who, of, now=now):
        return
    counted = inbox(desk, address)
    if desk.followers.wants_nothing(counted, now=now):
        return
    if not desk.followers.may_ask(counted, f"{of}.{who}", day, ASKS_A_DAY, now=now):
        return
    wish = Wish(
        what=what,
        of=of,
        who=who,
        way=way,
        to=sealed(desk, Sealed(email=address), who),
        nonce=known.nonce if known else _nonce(seed, who),
        since=now,
        lang=lang,
        around=around,
        inbox=counted,
    )
    desk.followers.ask(wish, digest_of(token_of(desk, wish)), now=now)
    desk.answers.put(msgspec.json.encode({"invite": Invite(name=name, day=day)}).decode())


def take(
    desk: Desk, what: str, of: str, message: Message, *, lang: str, seed: str, around: Around | None = None
) -> None:
    """The wish of somebody whom the channel itself proves: it counts at once. Raises NotAllowedNow when they have too many."""
    now, who = desk.now(), person(desk, message.channel, message.sender)
    name = Name(what=what, of=of, who=who)
    known = desk.followers.get(name, now=now)
    if known is not None and known.active:
        return
    to = Sealed(phone=message.phone, email=message.email, user=message.sender)
    wish = Wish(
        what=what,
        of=of,
        who=who,
        way=message.channel,
        to=sealed(desk, to, who),
        nonce=known.nonce if known else _nonce(seed, who),
        since=now,
        lang=lang,
        around=around,
        inbox=inbox(desk, message.email),
    )
    _begin(desk, wish)


def standing(desk: Desk, token: str) -> Standing:
    """What a link leads to. Raises Unknown for one that was never made, is too old, or was stopped."""
    wish = _found(desk, token)
    return Standing(what=wish.what, of=wish.of, active=wish.active, around=wish.around, lang=wish.lang)


def confirm(desk: Desk, token: str) -> Standing:
    """Makes the wish count; for a report that was merged meanwhile, of the one that leads. Raises Unknown as `standing`, and
    for a report that is nobody's to follow now; NotAllowedNow when the person has too many."""
    wish = _found(desk, token)
    if wish.what == JOIN:
        return _confirm_join(desk, wish)
    if not wish.active:
        _begin(desk, wish)
    return Standing(what=wish.what, of=wish.of, active=True, around=wish.around)


def _confirm_join(desk: Desk, wish: Wish) -> Standing:
    if wish.active:  # a merge that comes then takes it along
        return Standing(what=wish.what, of=wish.of, active=True)
    begun = _begun(desk, wish)
    # Looked at once more: who was to be told of a merge may have been looked for before this one counted.
    while _leading(desk, begun) != begun.of:
        begun = _begun(desk, begun)
    return Standing(what=begun.what, of=begun.of, active=True)


def _begun(desk: Desk, wish: Wish) -> Wish:
    begun = msgspec.structs.replace(wish, of=_leading(desk, wish), active=True)
    _begin(desk, begun)
    if begun.of != wish.of:
        end(desk, wish, quiet=False, keep_link=True)
    return begun


def _leading(desk: Desk, wish: Wish) -> str:
    """The number of the report that a join is about now. A wish for one that is hidden is erased: then raises Unknown."""
    report = desk.reports.get(wish.of)
    leader = report if report.hidden else leader_of(desk, report)
    if leader.hidden:
        end(desk, wish, quiet=False)
        raise _no_longer()
    return leader.tracking


def stop(desk: Desk, token: str) -> None:
    """Ends the wish and erases it. Whoever never confirmed it was asked what they did not wish for: that inbox is asked nothing
    more, until its reader wishes for something themselves. Once more is harmless."""
    try:
        wish = _found(desk, token)
    except Unknown:
        return
    if not wish.active and wish.inbox:
        desk.followers.leave_alone(wish.inbox, now=desk.now())
    end(desk, wish)


def stop_one(desk: Desk, what: str, of: str, *, way: str, contact: str) -> None:
    """Ends one wish of somebody whom the channel proves."""
    wish = desk.followers.get(Name(what=what, of=of, who=person(desk, way, contact)), now=desk.now())
    if wish is not None:
        end(desk, wish, quiet=False)


def stop_all(desk: Desk, *, way: str, contact: str, what: str = "") -> int:
    """Ends all wishes (of one kind) of somebody whom the channel proves. How many there were."""
    ended = 0
    for name in desk.followers.of_person(person(desk, way, contact)):
        wish = desk.followers.get(name, now=desk.now()) if what in ("", name.what) else None
        if wish is not None:
            end(desk, wish, quiet=False)
            ended += 1
    return ended


def end(desk: Desk, wish: Wish, *, quiet: bool = True, keep_link: bool = False) -> None:
    """Erases a wish. `quiet`: its person is not asked again for a while; `keep_link`: the link leads elsewhere now."""
    digest = "" if keep_link else digest_of(token_of(desk, wish))
    desk.followers.end(wish, digest, now=desk.now(), quiet_for=QUIET if quiet else timedelta())


def _begin(desk: Desk, wish: Wish) -> None:
    had = desk.followers.active_of(wish.who, wish.what, now=desk.now()) - {wish.of}
    if len(had) >= MOST[wish.what]:
        raise NotAllowedNow(
            "You follow as many as one person may: stop one of them first.", details={"most": MOST[wish.what]}
        )
    if wish.inbox:
        desk.followers.welcome(wish.inbox)
    desk.followers.activate(wish, digest_of(token_of(desk, wish)), now=desk.now())


def _found(desk: Desk, token: str) -> Wish:
    name = desk.followers.named(digest_of(token), now=desk.now()) if _TOKEN.fullmatch(token) else None
    wish = desk.followers.get(name, now=desk.now()) if name is not None else None
    if wish is None:
        raise _no_longer()
    return wish


def _no_longer() -> Unknown:
    return Unknown("This link is no longer valid.", details={"token": "not known, too old, or stopped"})


def _nonce(seed: str, who: str) -> str:
    return numbers.digest_of("follow", seed, who).hex()[:32]
