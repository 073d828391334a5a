"""Which wordings a pack must have in every language, and which placeholders each of them may use.

What `ALWAYS` names, the city fills itself (see `City.always`); all the others are given by whoever asks for the text. A new
key is added to the tables here and to every language of every pack.
"""

from __future__ import annotations

ALWAYS = frozenset({"emergency", "city", "city_formal", "province", "desk", "prefix", "tz", "reopen_days"})

STATUSES = (
    "incomplete waiting coordination disposition in_progress awaiting_validation follow_up_refused done merged rejected "
    "withdrawn abandoned"
)
EVENTS = (
    "received message_added completed dispatched accepted disposition noted asked answered extension_requested extended "
    "extension_refused returned resolved validated follow_up_refused rejected merged merged_in corrected redacted withdrawn "
    "reopened abandoned reminded escalated resumed completion_reminded duplicate_differs identity_viewed erased "
    "message_edited message_deleted confirmed disputed silenced flagged split split_off stepped_back proof_doubted "
    "rated notices_changed consent_withdrawn"
)
# What the reporter is told, through the channel they came by.
TOLD = (
    "received received_dispatched incomplete received_emergency received_dispatched_emergency incomplete_emergency completed "
    "completed_dispatched dispatched accepted disposition noted asked answered resumed extended extension_refused returned "
    "resolved validated follow_up_refused rejected merged withdrawn reopened abandoned escalated corrected completion_reminded "
    "message_added empty confirmed disputed split stepped_back reopened_other notices_changed"
)
# What an agency or an office above it is told, on its topic.
AGENCY_TOLD = (
    "dispatched disposition reminded escalated extended extension_refused validated follow_up_refused merged merged_in noted "
    "rejected answered message_added message_edited message_deleted confirmed disputed withdrawn reopened corrected returned "
    "unassigned_reminded unassigned_escalated split proof_doubted"
)
PAGE = (
    "title heading tracking status problem category category_unknown agency agency_none area area_unknown place received "
    "deadlines respond_by resolve_by responded no_deadline deadline_explained overdue escalated extension extension_requested "
    "extended paused merged_into merged_link timeline timeline_empty note by automatic photos photo photo_after photo_missing "
    "private confidential key_hint anonymous emergency not_found not_found_hint malformed malformed_length "
    "malformed_character malformed_check error error_hint search_label search_button search_placeholder language language_id "
    "language_en skip updated home footer privacy yes no rejected_hidden unnamed_agency district outside reached delivered "
    "clock_running clock_paused clock_stopped how how_text how_tips again again_text raised_to again_address key_label key_button welcome welcome_text unread"
)
# The paper that somebody without a phone takes home, and the form on the web.
SLIP = "title number received channel follow ask missing cut key key_use official"
FORM = (
    "title lead emergency problem_legend text text_hint category category_any category_hint place_legend place_hint "
    "place_address landmark kelurahan kelurahan_hint who_legend who_hint name address address_hint phone phone_hint email "
    "email_hint privacy_legend private private_hint anonymous anonymous_hint confidential confidential_hint consent send "
    "optional website errors errors_one error_text error_place error_name error_address error_phone error_email "
    "error_kelurahan error_kelurahan_choice error_too_long error_consent error_website error_form_id error_other "
    "done_title done_lead done_incomplete done_number done_key done_key_hint done_follow done_again begin closed"
)
ERRORS = (
    "error malformed unauthenticated bad_signature not_yours unknown not_allowed_now conflict switched_off too_large "
    "wrong_content_type invalid busy"
)

# What somebody is answered who asks for something, whatever the channel: short enough for one SMS.
ANSWERS = (
    "status status_plain wrong_number unknown_number which_number not_yours not_now stopped started help slow_down slow_down_plain test "
    "public public_link subject status_merged status_merged_plain "
    "joined unjoined unjoined_all which_join join_hidden too_many join_elsewhere watching unwatched which_kelurahan"
)
# What those are told who asked to be: of a report they joined, of new reports around a place.
_FOLLOWED = "ask_join ask_alert news gone alert more"
FOLLOWING = " ".join(f"{kind}_sms {kind}_chat {kind}_subject {kind}_body" for kind in _FOLLOWED.split())

_TOLD_VALUES = "tracking agency date deadline note question reason leader level missing example second"
_AGENCY_VALUES = (
    "tracking category area place problem agency respond_by resolve_by date level note staff_url status_url"
)
_PAGE_VALUES = "tracking agency date level office leader by n total status"

# section of the file: (its keys, the placeholders they may use)
_SECTIONS: dict[str, tuple[str, str]] = {
    "status": (STATUSES, ""),
    "status_sentence": (STATUSES, "agency deadline"),
    "event": (EVENTS, "agency date note level leader"),
    "date": ("months format", "day month year hour minute"),
    "field": ("problem place name address kelurahan", ""),
    "example": ("problem place name address kelurahan", ""),
    "role": ("reporter admin agency validator counter analyst system", ""),
    "clock": ("respond resolve", ""),
    "command": ("stop start status withdraw confirm dispute help join watch", ""),
    "open311": ("service notice file_ignored contact key_service", "agency hours status_url"),
    "office": ("level_0 level_1 level_2 level_3", ""),
    "page": (PAGE, _PAGE_VALUES),
    "error": (ERRORS, "instead"),
    "sms": (TOLD, _TOLD_VALUES),
    "app": (TOLD, _TOLD_VALUES),
    "chat": ("line asked empty validated split", f"{_TOLD_VALUES} sentence status_url second_url"),
    "followed": ("sms app body", "sentence body tracking leader leader_url"),
    "answer": (ANSWERS, "tracking status agency date link leader place"),
    "following": (
        f"circle any_category that_place {FOLLOWING}",
        "tracking place category wide hours link event status note status_url map_url",
    ),
    "email": ("greeting greeting_named with_key with_second_key", "name body report_key second"),
    "agency_sms": (AGENCY_TOLD, _AGENCY_VALUES),
    "slip": (SLIP, "tracking date channel status_url missing report_key agency"),
    "form": (FORM, "choices example n instead"),
}


# What may be told in other words for one category or one reason: `sms."rejected@outside-city"`.
_PARTICULAR = frozenset({"sms", "app", "chat", "email"})


def general(key: str) -> tuple[str, str | None]:
    """The usual key of a wording that was made for one category or reason, and that one's code; the key itself and None for any
    other."""
    section, _, rest = key.partition(".")
    event, _, after = rest.partition("@")
    if section not in _PARTICULAR or not after:
        return key, None
    name, dot, part = after.partition(".")
    return f"{section}.{event}{dot}{part}", name


def _all() -> dict[str, frozenset[str]]:
    keys = {
        f"{section}.{key}": ALWAYS | frozenset(values.split())
        for section, (names, values) in _SECTIONS.items()
        for key in names.split()
    }
    told = ALWAYS | frozenset(_TOLD_VALUES.split()) | {"status_url", "second_url", "greeting"}
    agency = ALWAYS | frozenset(_AGENCY_VALUES.split())
    for part in ("subject", "body"):
        keys |= {f"email.{event}.{part}": told for event in TOLD.split()}
        keys |= {f"agency.{event}.{part}": agency for event in AGENCY_TOLD.split()}
    return keys


PLACEHOLDERS: dict[str, frozenset[str]] = _all()
"""Every key of a texts file: the placeholders it may use."""
