"""What the shared macros of `desk/report_parts.html` work with: one report on one page, its forms, and a refused
one's words."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.pages.desk import Frame, action_forms, word_of
from chalicelib.pages.desk import report as told
from chalicelib.pages.desk.action_forms import FORMS, ActionForm, Field
from chalicelib.pages.desk.failure import Failure, Wrong


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """The forms of one page. `form_id` is fresh for the page, `back` its own path, `to` where a form leads when it is
    done
    ("": back)."""

    frame: Frame
    report: Report
    failure: Failure | None
    back: str
    form_id: str
    to: str = ""

    @property
    def may(self) -> list[Action]:
        """What may be done with the report now."""
        return action_forms.may_do(self.report, self.frame.role)

    @property
    def changes(self) -> list[str]:
        """What others have done meanwhile, a sentence each."""
        return told.changes(self.failure, self.report, self.frame) if self.failure else []

    @property
    def wrong(self) -> list[Wrong]:
        """What is wrong with the refused form, field by field."""
        return told.wrong(self.failure, self.frame) if self.failure else []

    @property
    def left_over(self) -> list[tuple[str, str]]:
        """What was typed in a form that the page does not have any more: (field, text)."""
        if self.failure is None or self.failure.action in self.may:
            return []
        form = FORMS.get(self.failure.action)
        names = {field.name for field in form.fields if field.kind in ("text", "line", "date")} if form else set[str]()
        return [(name, ", ".join(told)) for name, told in self.failure.typed.items() if told and name in names]

    @property
    def latest(self) -> str:
        """The last day of an extension, as a date field has it."""
        return action_forms.latest(self.report, self.frame)

    @property
    def earliest(self) -> str:
        """The first day of an extension, as a date field has it."""
        return action_forms.earliest(self.report, self.frame)

    def form(self, action: Action | str) -> ActionForm:
        """The fields of an action."""
        return FORMS[Action(action)]

    def choices(self, field: Field, action: Action | str) -> list[tuple[str, str]]:
        """The options of a choice."""
        return action_forms.choices(field, Action(action), self.report, self.frame)

    def value(self, action: str, field: Field) -> str:
        """What the field holds: what was typed, or what is chosen before anybody has."""
        if self.failure and self.failure.of_form(action):
            return self.failure.value(action, field.name)
        return action_forms.chosen(field, self.report, self.frame)

    def room(self, action: str, name: str) -> str:
        """A hint how much of the field's words fits into a text message; "" where nothing cuts them."""
        field = next(each for each in self.form(action).fields if each.name == name)
        fits = action_forms.room(field, Action(action), self.report, self.frame)
        return "" if fits is None else word_of(self.frame.lang)("reports.sms_room", n=fits)

    def kept_photos(self, action: str) -> list[str]:
        """The ids of photos that came with the refused form, and need not be chosen again: not those that are wrong."""
        wrong = self.failure is not None and "photos" in self.failure.error.details
        return list(self.failure.picked(action, "photos")) if self.failure and not wrong else []

    def error(self, action: str, name: str) -> str:
        """What is wrong with the field."""
        return told.reason_of(self.failure, action, name, self.frame)

    def open(self, action: str) -> bool:
        """Whether the action's form was the one refused."""
        return self.failure is not None and self.failure.of_form(action)


def values(
    frame: Frame, report: Report, *, back: str, form_id: str, failure: Failure | None = None, to: str = ""
) -> dict[str, Any]:
    """What a page gives its template for the shared macros: `r`, `kit`, `failure`."""
    kit = Kit(frame=frame, report=report, failure=failure, back=back, form_id=form_id, to=to)
    return {"r": told.shown(frame, report), "kit": kit, "failure": failure}
