// What is written is kept on this phone until it is sent, and what is sent without net goes off when there is some again.
"use strict";
(() => {
  const holder = document.getElementById("drafts"), sent = document.querySelector("[data-sent]");
  if (!self.indexedDB) return;
  if (sent && sent.dataset.sent) self.outbox.remove(sent.dataset.sent).catch(() => {});
  if (!holder) return;
  const base = holder.dataset.base, words = JSON.parse(document.getElementById("draft-words").textContent);
  const form = document.getElementById("report-form"), note = document.getElementById("draft-note"), said = document.getElementById("draft-said");
  const DROPPED = new Set(["made", "other", "same", "form_id", "photos", "photo_files", "website"]);

  if ("serviceWorker" in navigator) {
    const register = () => navigator.serviceWorker.register(`${base}/sw.js`, { scope: `${base}/` }).catch(() => {});
    if (document.readyState === "complete") register(); else addEventListener("load", register); // after what is to be read
    navigator.serviceWorker.addEventListener("message", (event) => { if (event.data === "outbox") render(); });
  }
  const askToSync = async () => {
    try { await (await navigator.serviceWorker.ready).sync.register("outbox"); } catch { /* no such thing here: on "online", or at the next visit */ }
  };
  const sendNow = async () => { try { await self.outbox.sendAll(base); } catch { /* next time */ } render(); };
  addEventListener("online", sendNow);

  let save = async () => {};

  // ---- what is kept, each with what can be done about it
  const button = (label, act, quiet) => {
    const made = document.createElement("button");
    made.type = "button"; made.textContent = label; made.className = quiet ? "quiet" : "";
    made.addEventListener("click", act);
    return made;
  };
  const line = (tag, text, cls) => { const made = document.createElement(tag); made.textContent = text; if (cls) made.className = cls; return made; };
  const pristine = () => form && !form.dataset.again && !form.dataset.touched;
  const card = (draft) => {
    const made = document.createElement("section"), row = line("p", "", "row");
    made.className = `card kept-draft ${{ sent: "green", waiting: "yellow", refused: "red" }[draft.state] || "grey"}`;
    const head = draft.state === "sending" ? "draft" : draft.state;
    made.append(line("h2", words[`${head}_title`]), line("p", words[`${head}_told`]));
    if (draft.receipt) {
      const facts = document.createElement("dl");
      facts.className = "kept";
      for (const [label, value] of [[words.number, draft.receipt.tracking], [words.key, draft.receipt.key]]) {
        const pair = document.createElement("div");
        pair.append(line("dt", label), line("dd", value, "number"));
        facts.append(pair);
      }
      const link = line("a", words.follow, "button");
      link.href = `${base}/reports/${encodeURIComponent(draft.receipt.tracking)}`;
      made.append(facts); row.append(link);
    } else if (draft.fields.text) {
      const quote = line("blockquote", ""), told = line("bdi", draft.fields.confidential || draft.fields.private ? "…" : draft.fields.text.slice(0, 160));
      quote.append(told);
      made.append(quote);
    }
    const gone = async () => {
      await self.outbox.remove(draft.form_id);
      if (form && form.hidden) { location.assign(`${base}/report?lang=${document.documentElement.lang}`); return; } // an empty one
      if (form && form.form_id.value === draft.form_id) form.form_id.value = fresh();
      render();
    };
    if (draft.state === "waiting") row.append(button(words.send_now, sendNow));
    else if (draft.state !== "sent") row.append(form ? button(words.go_on, () => restore(draft)) : goOn());
    row.append(button(draft.state === "sent" ? words.saved : words.forget, gone, true));
    made.append(row);
    return made;
  };
  const goOn = () => { const link = line("a", words.go_on, "button"); link.href = `${base}/report`; return link; };
  const render = async () => {
    let kept = [];
    try { kept = await self.outbox.all(); } catch { return; }
    const here = form && form.form_id.value;
    // What is being written here needs no card; another one that was begun is offered while nothing is written yet.
    const putAway = Boolean(form && form.hidden);
    const shown = kept.filter((each) => each.state === "waiting" || each.state === "sent" || (each.form_id === here ? putAway : !form || pristine()));
    holder.replaceChildren(...shown.map(card));
    holder.hidden = !shown.length;
    const empty = document.getElementById("nothing-kept");
    if (empty) empty.hidden = shown.length > 0;
  };

  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
  // What the server did not take is marked; it says itself what is wrong with it when it gets it again.
  const FIELDS = { place: "place_address", lat: "place_address", lng: "place_address", photos: "photo_files" };
  const mark = (names) => {
    const wrong = names.map((name) => form.elements[FIELDS[name.split(".")[0]] || name.split(".")[0]]).filter((field) => field && field.closest && field.closest(".ask"));
    for (const field of wrong) { field.setAttribute("aria-invalid", "true"); field.closest(".ask").classList.add("wrong"); }
    (wrong[0] || form.text).focus();
  };
  const restore = (draft) => {
    form.hidden = document.querySelector(".intro .lead").hidden = false;
    form.form_id.value = draft.form_id;
    for (const [name, value] of Object.entries(draft.fields)) {
      const field = form.elements[name];
      if (!field || name === "lang") continue;
      if (field.type === "checkbox") field.checked = Boolean(value); else field.value = value;
    }
    self.reportPhotos.restore(draft.photos);
    form.dataset.touched = "1";
    form.dispatchEvent(new Event("restored"));
    note.hidden = false;
    render();
    mark(draft.wrong || []);
    self.reportPhotos.retry().then(() => save());
  };

  if (form) {
    const answered = Boolean(form.dataset.again);
    // A page that was kept for use without net would give the same id twice.
    if (!answered) form.form_id.value = fresh();
    else self.outbox.get(form.form_id.value).then((draft) => { if (draft) { self.reportPhotos.known(draft.photos); note.hidden = false; } }).catch(() => {});
    let timer = 0;
    const fields = () => Object.fromEntries([...new FormData(form)].filter(([name, value]) => !DROPPED.has(name) && typeof value === "string"));
    save = async (state = "draft") => {
      clearTimeout(timer);
      const told = fields();
      // A phone may be shared: of what others must not see nothing is kept but what has been sent and waits for the net.
      if (state === "draft" && (told.confidential || told.private)) { await self.outbox.remove(form.form_id.value); note.hidden = true; return; }
      const written = ["text", "name", "address", "phone", "email", "place_address", "landmark", "lat"].some((name) => told[name]) || self.reportPhotos.list.length;
      if (!written) return;
      await self.outbox.put({ form_id: form.form_id.value, fields: told, photos: self.reportPhotos.list.map((each) => ({ ...each })), state, at: Date.now() });
      note.hidden = false;
    };
    const later = () => { form.dataset.touched = "1"; clearTimeout(timer); timer = setTimeout(() => save().catch(() => {}), 400); };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    document.getElementById("draft-delete").addEventListener("click", async () => {
      clearTimeout(timer);
      await self.outbox.remove(form.form_id.value);
      form.form_id.value = fresh();
      note.hidden = true;
      said.textContent = words.forgotten;
    });
    // Nobody can answer without net, so what is missing is said here.
    const whole = () => {
      const place = form.place_address.value.trim() || form.lat.value || (form.landmark.value.trim() && form.kelurahan.value.trim());
      form.place_address.setCustomValidity(place ? "" : words.place);
      return form.reportValidity();
    };
    form.place_address.addEventListener("input", () => form.place_address.setCustomValidity(""));
    const send = form.querySelector("[type=submit]").textContent;
    let leaving = false;
    form.addEventListener("submit", async (event) => {
      if (leaving) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.busy) return;
      form.dataset.busy = "1";
      const press = form.querySelector("[type=submit]");
      press.textContent = words.sending;
      try {
        await self.reportPhotos.settled();
        if (!navigator.onLine) {
          if (whole()) { await save("waiting"); askToSync(); keptForLater(); }
          return;
        }
        await self.reportPhotos.retry().catch(() => {});
        await save("sending").catch(() => {});
        leaving = true;
        form.submit();
      } catch { // nothing can be kept here: the browser says itself that there is no net
        leaving = true;
        form.submit();
      } finally {
        if (!leaving) press.textContent = send;
        setTimeout(() => { delete form.dataset.busy; leaving = false; press.textContent = send; }, 8000);
        if (!leaving) delete form.dataset.busy;
      }
    });
    addEventListener("pageshow", (event) => { if (event.persisted) { leaving = false; delete form.dataset.busy; form.querySelector("[type=submit]").textContent = send; } });
    const keptForLater = () => {
      form.hidden = true;
      document.querySelector(".intro .lead").hidden = true;
      render().then(() => { holder.tabIndex = -1; holder.focus(); });
    };
  }

  render();
  if (navigator.onLine) self.outbox.all().then((kept) => { if (kept.some((each) => each.state === "waiting")) sendNow(); }).catch(() => {});
})();
