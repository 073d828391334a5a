// On every page with a form: it is sent once, and the first field that is wrong has the focus. Nothing needs it.
"use strict";
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent); });
  const wrong = document.getElementById("wrong") || document.querySelector("[aria-invalid=true]");
  if (wrong) wrong.focus();
})();
