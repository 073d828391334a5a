// Reports that were written without net: kept in this browser only, and sent once. Used by the pages and by the service worker.
"use strict";
self.outbox = (() => {
  const KEPT_MS = 7 * 86_400_000, UPLOADS_LAST_MS = 20 * 3_600_000;

  const opened = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open("tanggap", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", { keyPath: "form_id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const within = async (mode, act) => {
    const base = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const deal = base.transaction("drafts", mode), asked = act(deal.objectStore("drafts"));
        deal.oncomplete = () => resolve(asked.result);
        deal.onerror = deal.onabort = () => reject(deal.error);
      });
    } finally { base.close(); }
  };
  const get = (id) => within("readonly", (drafts) => drafts.get(id));
  const put = (draft) => within("readwrite", (drafts) => drafts.put(draft));
  const remove = (id) => within("readwrite", (drafts) => drafts.delete(id));
  // Those of the last week: what is older is forgotten, a sent one's key too.
  const all = async () => {
    const found = await within("readonly", (drafts) => drafts.getAll()), late = Date.now() - KEPT_MS;
    for (const each of found) if (each.at < late) await remove(each.form_id);
    return found.filter((each) => each.at >= late).sort((one, other) => other.at - one.at);
  };

  // Straight into the bucket. Resolves to the upload's id.
  const upload = async (base, blob) => {
    const made = await fetch(`${base}/uploads`, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}", credentials: "omit" });
    if (!made.ok) throw new Error(`uploads ${made.status}`);
    const told = await made.json(), body = new FormData();
    for (const [name, value] of Object.entries(told.fields)) body.append(name, value);
    body.append("file", blob);
    const stored = await fetch(told.url, { method: "POST", body, credentials: "omit" });
    if (!stored.ok) throw new Error(`upload ${stored.status}`);
    return told.id;
  };

  const send = async (base, draft) => {
    for (const photo of draft.photos) {
      if (photo.id && (draft.tried || Date.now() - photo.at < UPLOADS_LAST_MS)) continue;
      if (!photo.blob) continue;
      photo.id = await upload(base, photo.blob);
      photo.at = Date.now();
      await put(draft);
    }
    draft.tried = true;
    await put(draft);
    const body = new URLSearchParams(draft.fields);
    for (const photo of draft.photos) if (photo.id) body.append("photos", photo.id);
    body.set("form_id", draft.form_id);
    body.set("other", "1"); // nobody is there to be asked
    const answer = await fetch(`${base}/report`, { method: "POST", headers: { Accept: "application/json" }, body, credentials: "omit" });
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new Error(`report ${answer.status}`);
    const told = await answer.json().catch(() => ({}));
    if (answer.ok && told.tracking) await put({ ...draft, state: "sent", receipt: told, fields: {}, photos: [], at: Date.now() });
    else await put({ ...draft, state: "refused", wrong: Object.keys(told.details || {}) });
  };

  // Sends what waits; resolves to how many still do. One at a time, in however many tabs: the form's id makes it one report anyway.
  const sendAll = async (base) => {
    const go = async () => {
      let left = 0;
      for (const draft of await all()) {
        if (draft.state !== "waiting") continue;
        try { await send(base, draft); } catch { left += 1; }
      }
      return left;
    };
    return self.navigator.locks ? self.navigator.locks.request("tanggap-outbox", go) : go();
  };

  return { get, put, remove, all, upload, sendAll };
})();
