// Makes the desk quicker: letters press buttons, j and k walk through rows, a form is sent once. Nothing needs it.
"use strict";
(() => {
  const KEY = "tanggap-keys", ROW = "tanggap-row";
  let on = true;
  try { on = localStorage.getItem(KEY) !== "off"; } catch { /* private window: shortcuts stay on */ }

  const line = document.getElementById("keys-line");
  const toggle = document.getElementById("keys-toggle");
  const show = () => { toggle.textContent = on ? document.body.dataset.keysOn : document.body.dataset.keysOff; toggle.setAttribute("aria-pressed", String(on)); };
  if (line && toggle && document.querySelector("[data-key],[data-row]")) {
    line.hidden = false;
    show();
    toggle.addEventListener("click", () => { on = !on; try { localStorage.setItem(KEY, on ? "on" : "off"); } catch { /* as above */ } show(); });
  }

  const rows = [...document.querySelectorAll("[data-row]")];
  let here = -1;
  const go = (step) => {
    if (!rows.length) return;
    here = Math.min(Math.max(here + step, 0), rows.length - 1);
    rows.forEach((row, index) => row.classList.toggle("here", index === here));
    const link = rows[here].querySelector("a[href]") || rows[here];
    link.focus();
    rows[here].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest && event.target.closest("[data-row]");
    if (row) here = rows.indexOf(row);
  });

  document.addEventListener("keydown", (event) => {
    if (!on || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName) && !/^(checkbox|radio|button|submit)$/i.test(target.type)) return;
    if (event.key === "j" || event.key === "k") { event.preventDefault(); go(event.key === "j" ? 1 : -1); return; }
    if (!/^[a-z0-9]$/i.test(event.key)) return;
    // In a list the letter presses the button of the row one is at; else the page's own.
    const wanted = `[data-key="${event.key.toLowerCase()}"]`;
    const found = (here >= 0 && rows[here].querySelector(wanted)) || [...document.querySelectorAll(wanted)].find((each) => !each.closest("[data-row]")) || (rows.length && here < 0 && rows[0].querySelector(wanted));
    if (!found) return;
    event.preventDefault();
    if (found.tagName === "SUMMARY") { found.parentElement.open = true; const first = found.parentElement.querySelector("input:not([type=hidden]),select,textarea"); if (first) first.focus(); return; }
    found.click();
  });

  // Sent once: the second click of an impatient hand does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method !== "post") return;
    form.dataset.sent = "1"; setTimeout(() => { delete form.dataset.sent; }, 8000);
    // A row's button: the list that comes back goes on at the row after it.
    const at = rows.indexOf(event.submitter && event.submitter.closest("[data-row]")), after = at >= 0 && (rows[at + 1] || rows[at - 1]);
    const onward = after && after.querySelector("a[href]");
    if (onward) try { sessionStorage.setItem(ROW, onward.pathname); } catch { /* as above */ }
  });
  addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent); });

  const menu = document.querySelector(".menu ul"), current = menu && menu.querySelector("[aria-current]");
  if (current) menu.scrollLeft += current.getBoundingClientRect().left - menu.getBoundingClientRect().left - (menu.clientWidth - current.clientWidth) / 2;

  let onward = null;
  try { onward = sessionStorage.getItem(ROW); sessionStorage.removeItem(ROW); } catch { /* as above */ }
  const next = onward ? rows.findIndex((row) => { const link = row.querySelector("a[href]"); return link && link.pathname === onward; }) : -1;
  const told = document.querySelector(".flash[data-done]");
  if (next >= 0 && told) {
    told.parentElement.classList.add("stay");
    told.parentElement.append(told);
    go(next - here);
  }
  const wrong = document.querySelector("[aria-invalid=true]") || document.getElementById("refused");
  if (wrong) wrong.focus();
})();
