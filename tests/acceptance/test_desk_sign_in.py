"""Issue 4, deliver 1: sign-in, cookies, roles, agencies kept apart, agency systems."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.acceptance.clients import Server, until
from tests.acceptance.desks import Desk, Page, at_agency, history, listed, status, trackings, waiting

USERS = {
    "admin": "/desk/triage",
    "admin-2": "/desk/triage",
    "bina-marga": "/desk/agency",
    "bina-marga-2": "/desk/agency",
    "bina-marga-selatan": "/desk/agency",
    "perhubungan": "/desk/agency",
    "kelurahan": "/desk/agency",
    "validator": "/desk/validation",
    "counter": "/desk/counter",
    "analyst": "/desk",
}
SYSTEM = ("sistem-bina-marga", "local-only-client-bina-marga")


def signed_out(page: Page) -> bool:
    """It asks who one is, in one way or another."""
    return page.status == 401 or "/oidc/authorize" in page.url or "/desk/sign-in" in page.url


@pytest.mark.parametrize("user", USERS)
def test_every_user_lands_on_the_own_page(city: Server, user: str) -> None:
    desk = Desk(city)
    page = desk.get(f"/desk/sign-in?login_hint={user}")
    assert page.status == 200, (page.url, page.status, page.main[:500])
    assert page.path.startswith(USERS[user]), page.url
    assert page.has_form("sign-out"), "there is a way out on the page"


def test_the_issuer_offers_one_button_per_role(city: Server) -> None:
    page = Desk(city).get("/desk")
    assert "/_local/oidc/authorize" in page.url
    offered = {at.get("value") for tag, at in page.tags if tag == "button"}
    assert set(USERS) <= offered


def test_choosing_a_user_on_the_issuers_page_signs_in(city: Server) -> None:
    desk = Desk(city)
    page = desk.get("/desk")
    form = next(form for form in page.forms if any(button.value == "validator" for button in form.buttons))
    after = desk.submit(page, form, press="^.*validator$")
    assert after.status in (200, 404), after.main
    assert after.path.startswith("/desk")
    assert desk.cookies


def test_authorization_code_with_pkce_state_and_nonce(city: Server) -> None:
    desk = Desk(city)
    answer = desk.send("GET", "/desk/sign-in?login_hint=admin")
    assert answer.status in (302, 303)
    asked = parse_qs(urlsplit(answer.header("location")).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert len(asked["state"][0]) >= 16
    assert "client_secret" not in asked
    again = parse_qs(urlsplit(Desk(city).send("GET", "/desk/sign-in").header("location")).query)
    assert again["code_challenge"] != asked["code_challenge"]
    assert again["state"] != asked["state"]


def _code(city: Server, desk: Desk) -> tuple[str, str]:
    """The callback's address, not yet opened, and the code in it."""
    first = desk.send("GET", "/desk/sign-in?login_hint=admin").header("location")
    back = desk.send("GET", first.removeprefix(city.url)).header("location")
    return back.removeprefix(city.url), parse_qs(urlsplit(back).query)["code"][0]


def test_a_callback_of_another_browser_signs_nobody_in(city: Server) -> None:
    callback, _ = _code(city, Desk(city))
    victim = Desk(city)
    assert victim.send("GET", callback).status in (303, 400, 401, 403)
    assert signed_out(victim.get("/desk/triage")), "a foreign state was taken"
    other = Desk(city)
    other.send("GET", "/desk/sign-in")
    other.send("GET", callback)
    assert signed_out(other.get("/desk/triage")), "a foreign state was taken although one had begun"


def test_a_callback_works_once(city: Server) -> None:
    desk = Desk(city)
    callback, _ = _code(city, desk)
    jar = dict(desk.cookies)
    assert desk.send("GET", callback).status in (302, 303)
    assert desk.get("/desk/triage").status == 200
    again = Desk(city)
    again.cookies = jar
    again.send("GET", callback)
    assert signed_out(again.get("/desk/triage")), "the same code was taken twice"


def test_the_code_is_worth_nothing_without_the_verifier(city: Server) -> None:
    desk = Desk(city)
    _callback, code = _code(city, desk)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "tanggap-local",
        "redirect_uri": f"{city.url}/desk/callback",
        "code_verifier": "w" * 43,
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (form, {name: value for name, value in form.items() if name != "code_verifier"}):
        answer = city.call("POST", "/_local/oidc/token", urlencode(body).encode(), kind)
        assert answer.status in (400, 401), answer.text
        assert "token" not in (answer.json if answer.text.startswith("{") else {})


def test_cookies_are_http_only_and_same_site(city: Server) -> None:
    desk = Desk(city, "admin")
    assert desk.set_cookie
    for line in desk.set_cookie:
        assert re.search(r";\s*httponly", line, re.I), line
        assert re.search(r";\s*samesite=(lax|strict)", line, re.I), line
        assert re.search(r";\s*path=/", line, re.I), line
        assert "eyJ" not in line, "no readable token in a cookie"


def test_a_session_that_was_there_before_is_not_taken_over(city: Server) -> None:
    desk = Desk(city, "counter")
    before = dict(desk.cookies)
    desk.sign_in("admin")
    assert desk.cookies != before
    other = Desk(city)
    other.cookies = before
    assert other.get("/desk/triage").status != 200, "the planted cookie is no admin"


def test_signing_out_ends_it(city: Server) -> None:
    desk = Desk(city, "admin")
    jar = dict(desk.cookies)
    page = desk.at("/desk/triage")
    desk.submit(page, page.form("sign-out|Keluar"))
    assert signed_out(desk.get("/desk/triage"))
    old = Desk(city)
    old.cookies = jar
    assert signed_out(old.get("/desk/triage")), "the cookie of before still opens the desk after sign-out"


def test_sign_out_needs_the_forms_token_too(city: Server) -> None:
    desk = Desk(city, "admin")
    desk.send("POST", "/desk/sign-out", b"csrf=x", {"Content-Type": "application/x-www-form-urlencoded"})
    desk.send("GET", "/desk/sign-out")
    assert desk.get("/desk/triage").status == 200, "a foreign page signed somebody out"


def test_after_sign_in_one_is_where_one_wanted_to_be(city: Server) -> None:
    desk = Desk(city)
    wanted = "/desk/triage?queue=incomplete"
    page = desk.get(wanted)
    assert signed_out(page)
    form = next(form for form in page.forms if any(button.value == "admin" for button in form.buttons))
    after = desk.submit(page, form, press="^.* admin$")
    assert after.url.removeprefix(city.url) == wanted


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_sign_in_leads_nowhere_else(city: Server, to: str) -> None:
    for name in ("next", "to", "back", "return", "return_to", "url", "redirect", "redirect_uri"):
        desk = Desk(city)
        page = desk.get(f"/desk/sign-in?{urlencode({'login_hint': 'admin', name: to})}")
        assert page.url.startswith(f"{city.url}/desk"), f"{name} leads to {page.url}"


def test_without_a_session_nothing_is_shown_or_done(city: Server) -> None:
    tracking = waiting(city)["tracking"]
    before = len(history(city, tracking))
    nobody = Desk(city)
    for path in ("/desk", "/desk/triage", f"/desk/triage/{tracking}", "/desk/agency", "/desk/counter", "/desk/search"):
        page = nobody.get(path)
        assert signed_out(page), path
        assert tracking not in page.main
    body = urlencode({"agency": "bina-marga", "seq": "1", "csrf": "x"}).encode()
    answer = nobody.send(
        "POST",
        f"/desk/reports/{tracking}/dispatch",
        body,
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": city.url},
    )
    assert answer.status in (303, 401, 403)
    assert len(history(city, tracking)) == before


PAGES = {
    "triage": {"admin"},
    "agency": {"bina-marga", "kelurahan", "admin"},
    "field": {"bina-marga", "kelurahan", "admin"},
    "validation": {"validator", "admin"},
    "counter": {"counter", "admin"},
    "overview": {"admin"},
    "settings": {"admin"},
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("user", ["admin", "bina-marga", "kelurahan", "validator", "counter", "analyst"])
def test_each_page_for_its_roles(city: Server, user: str, page: str) -> None:
    seen = Desk(city, token=_token(city, user)).get(f"/desk/{page}")
    if user in PAGES[page]:
        assert seen.status == 200, (seen.status, seen.main[:300])
    elif (user, page) == ("analyst", "overview") and seen.status == 200:
        assert not [form for form in seen.forms if form.method == "post" and "sign-out" not in form.action]
    else:
        assert seen.status == 403, (seen.status, seen.main[:300])


def _token(city: Server, user: str) -> str:
    return str(city.get(f"/_local/token?user={user}").json["token"])


def test_a_role_sees_only_links_it_may_open(city: Server) -> None:
    for user in ("admin", "bina-marga", "validator", "counter", "analyst"):
        desk = Desk(city)
        page = desk.get(f"/desk/sign-in?login_hint={user}")
        menu = [href for _, href, _ in page.links if re.fullmatch(r"/desk/\w+", href)]
        assert menu, user
        for href in menu:
            assert desk.get(href).status == 200, f"{user} is led to {href}"


# agencies are kept apart


def test_an_agency_sees_only_its_own(city: Server) -> None:
    theirs, ours = at_agency(city, "bina-marga"), at_agency(city, "perhubungan")
    for user, mine, other in (("bina-marga", theirs, ours), ("perhubungan", ours, theirs)):
        desk = Desk(city, user)
        assert mine in listed(desk)
        assert desk.at(f"/desk/agency/{mine}").status == 200
        for path in (
            f"/desk/agency/{other}",
            f"/desk/agency/{other}/work-order",
            f"/desk/field/{other}",
            f"/desk/triage/{other}",
            f"/desk/validation/{other}",
        ):
            page = desk.get(path)
            assert page.status in (403, 404), (path, page.status)
            assert "tidak nyaman" not in page.main, path
        for path in (
            "/desk/agency",
            "/desk/field",
            f"/desk/agency?agency={'perhubungan' if user == 'bina-marga' else 'bina-marga'}",
        ):
            assert other not in trackings(desk.get(path).main), path


ACTIONS = {
    "accept": {},
    "disposition": {"unit": "suku-dinas-bina-marga-jakarta-pusat"},
    "note": {"note": "tidak boleh"},
    "ask": {"question": "tidak boleh"},
    "extend": {"until": "2030-01-01", "reason": "tidak boleh"},
    "return": {"reason": "tidak boleh"},
    "resolve": {"note": "tidak boleh"},
    "dispatch": {"agency": "perhubungan"},
    "reject": {"reason": "tidak boleh", "reason_code": "not-public"},
    "redact": {"problem": "tidak boleh"},
    "merge": {"into": "JKT-7K3M-92QX-4HTC"},
    "split": {"problem": "tidak boleh"},
    "correct": {"category": "trotoar"},
    "validate": {},
    "refuse": {"reason": "tidak boleh"},
    "approve-extension": {},
    "refuse-extension": {"reason": "tidak boleh"},
    "reassign": {"agency": "perhubungan"},
    "identity": {"why": "tidak boleh"},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_an_agency_changes_nothing_of_another(city: Server, action: str) -> None:
    tracking = at_agency(city, "bina-marga", reporter={"name": "Zulkarnaen Tersembunyi", "address": "Jl. Rahasia 3"})
    before = len(history(city, tracking))
    desk = Desk(city, "perhubungan")
    own = desk.at("/desk/agency")
    csrf = own.form("sign-out").find("csrf").value
    body = urlencode(
        {"csrf": csrf, "seq": str(before), "form_id": "00112233445566778899aabbccddeeff", **ACTIONS[action]}
    )
    head = {"Content-Type": "application/x-www-form-urlencoded", "Origin": city.url, "Referer": own.url}
    answer = desk.send("POST", f"/desk/reports/{tracking}/{action}", body.encode(), head)
    assert answer.status in (403, 404, 405), (action, answer.status, answer.text[:500])
    assert "Zulkarnaen" not in answer.text
    assert len(history(city, tracking)) == before
    staff = city.act(tracking, action, ACTIONS[action], role="agency", agency="perhubungan")
    assert staff.status in (403, 404), (staff.status, staff.text)
    assert len(history(city, tracking)) == before


def test_a_sub_unit_has_its_own_queue(city: Server) -> None:
    south = "suku-dinas-bina-marga-jakarta-selatan"
    mine, plain, others = at_agency(city), at_agency(city), at_agency(city)
    assert city.agency(mine, "disposition", {"unit": south}).status == 200
    assert city.agency(others, "disposition", {"unit": "suku-dinas-bina-marga-jakarta-utara"}).status == 200
    whole = listed(Desk(city, "bina-marga"))
    assert {mine, plain, others} <= set(whole), "the agency itself sees all of its units'"
    desk = Desk(city, "bina-marga-selatan")
    own = listed(desk)
    assert mine in own
    assert others not in own, "another unit's report in this unit's queue"
    assert desk.get(f"/desk/agency/{mine}").status == 200
    refused = desk.get(f"/desk/agency/{others}")
    assert refused.status in (403, 404), refused.status


def test_a_kelurahan_has_its_own_queue(city: Server) -> None:
    desk = Desk(city, "kelurahan")
    tracking = at_agency(city, "kelurahan-tebet-timur")
    until(lambda: tracking in trackings(desk.at("/desk/agency").main), 5, 0.3, "the kelurahan's queue")
    desk.do(f"/desk/agency/{tracking}", "/accept")
    assert status(city, tracking) == "in_progress"
    assert tracking not in trackings(Desk(city, "bina-marga").at("/desk/agency").main)


# agency systems


def _client(city: Server, identity: str, secret: str, **more: str) -> tuple[int, dict[str, object]]:
    basic = base64.b64encode(f"{identity}:{secret}".encode()).decode()
    answer = city.call(
        "POST",
        "/_local/oidc/token",
        urlencode({"grant_type": "client_credentials", **more}).encode(),
        {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"},
    )
    return answer.status, answer.json if answer.text.startswith("{") else {}


def test_an_agencys_system_signs_in_with_client_credentials(city: Server) -> None:
    code, answer = _client(city, *SYSTEM)
    assert code == 200, answer
    head = {"Authorization": f"Bearer {answer['access_token']}", "Accept": "application/json"}
    tracking, other = at_agency(city, "bina-marga"), at_agency(city, "perhubungan")
    assert city.call("GET", f"/staff/reports/{tracking}", None, head).status == 200
    assert city.call("GET", f"/staff/reports/{other}", None, head).status in (403, 404)
    listed = city.call("GET", "/staff/reports?limit=100", None, head)
    assert listed.status == 200
    assert all(row["agency"] == "bina-marga" or row["agency"]["code"] == "bina-marga" for row in listed.json["items"])
    done = city.call("POST", f"/staff/reports/{tracking}/accept", b"{}", {**head, "Content-Type": "application/json"})
    assert done.status == 200, done.text
    foreign = city.call("POST", f"/staff/reports/{other}/accept", b"{}", {**head, "Content-Type": "application/json"})
    assert foreign.status in (403, 404)
    assert city.call("GET", "/staff/channels", None, head).status == 403


def test_a_wrong_secret_gets_no_token(city: Server) -> None:
    for pair in ((SYSTEM[0], "wrong"), ("nobody", SYSTEM[1]), (SYSTEM[0], "")):
        code, answer = _client(city, *pair)
        assert code in (400, 401), pair
        assert "access_token" not in answer


# forged and old tokens


def _parts(token: str) -> tuple[dict[str, object], dict[str, object], str]:
    head, body, signature = token.split(".")
    return (
        json.loads(base64.urlsafe_b64decode(head + "==")),
        json.loads(base64.urlsafe_b64decode(body + "==")),
        signature,
    )


def _b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(city: Server) -> dict[str, str]:
    """Tokens nobody was given."""
    good = _token(city, "admin")
    head, claims, signature = _parts(good)
    jwks = city.get("/_local/jwks.json").body
    raised = {**_parts(_token(city, "counter"))[1], "role": "admin"}
    old = {**claims, "iat": int(time.time()) - 90_000, "exp": int(time.time()) - 3_600}
    hs = f"{_b64({**head, 'alg': 'HS256'})}.{_b64(claims)}"
    return {
        "none": f"{_b64({'alg': 'none', 'typ': 'JWT'})}.{_b64(claims)}.",
        "None": f"{_b64({'alg': 'None', 'typ': 'JWT', 'kid': head.get('kid', '')})}.{_b64(claims)}.{signature}",
        "no signature": ".".join(good.split(".")[:2]) + ".",
        "another role under the old signature": f"{good.split('.')[0]}.{_b64(raised)}.{signature}",
        "expired, resigned by nobody": f"{good.split('.')[0]}.{_b64(old)}.{signature}",
        "HS256 with the public key": f"{hs}.{_b64(hmac.digest(jwks, hs.encode(), hashlib.sha256))}",
        "HS256 with nothing": f"{hs}.{_b64(hmac.digest(b'', hs.encode(), hashlib.sha256))}",
        "the key of one's own": f"{_b64({**head, 'jku': 'http://127.0.0.1:1/', 'kid': 'x'})}.{_b64(claims)}.{signature}",
        "rubbish": "a.b.c",
        "empty parts": "..",
        "one char changed": good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:],
    }


def test_forged_tokens_open_nothing(city: Server) -> None:
    tracking = waiting(city)["tracking"]
    before = len(history(city, tracking))
    for name, token in forged(city).items():
        page = Desk(city, token=token).get("/desk/triage")
        assert signed_out(page) or page.status == 403, f"{name}: {page.status}"
        assert tracking not in page.main, name
        head = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
        assert city.call("GET", "/staff/reports?queue=waiting", None, head).status == 401, name
        answer = city.call("POST", f"/staff/reports/{tracking}/reject", b'{"reason":"x"}', head)
        assert answer.status == 401, name
    assert len(history(city, tracking)) == before


def test_forged_tokens_as_cookies_open_nothing(city: Server) -> None:
    desk = Desk(city, "admin")
    name, value = next(iter(desk.cookies.items()))
    tries = [
        *forged(city).values(),
        _token(city, "admin"),
        value[:-6] + ("A" * 6 if not value.endswith("A" * 6) else "B" * 6),
        value[: len(value) // 2],
        value + "A",
        "",
        "x" * 3000,
        "null",
        _b64({"role": "admin", "sub": "user-admin"}),
    ]
    for each in tries:
        other = Desk(city)
        other.cookies = {name: each}
        assert signed_out(other.get("/desk/triage")), each[:60]


def test_one_persons_forms_token_is_not_anothers(city: Server) -> None:
    first, second = Desk(city, "admin"), Desk(city, "admin-2")
    tracking = waiting(city)["tracking"]
    page = first.at(f"/desk/triage/{tracking}")
    foreign = second.at("/desk/triage").form("sign-out").find("csrf").value
    form = page.form("/note")
    form.find("csrf").value = foreign
    after = first.submit(page, form, {"note": "tidak boleh"})
    assert after.status in (400, 403), after.status
    assert "tidak boleh" not in json.dumps(history(city, tracking))


def test_pages_are_not_kept_by_the_browser(city: Server) -> None:
    page = Desk(city, "admin").at("/desk/triage")
    assert "no-store" in page.answer.header("cache-control")
    assert "frame-ancestors 'none'" in page.answer.header("content-security-policy")
