// The service worker: the form opens without net, what was written then is sent later, and status pages seen before can be read
// again. `edition` and `languages` stand above. Nothing with a key, and nothing of the staff's, is ever kept.
"use strict";
const base = new URL(self.registration.scope).pathname.replace(/\/$/, "");
importScripts(`${base}/static/outbox.js?v=${edition}`);
const SHELL = `tanggap-${edition}`, SEEN = "tanggap-seen", MOST_SEEN = 20;
const FILES = ["site.js", "outbox.js", "report.js", "draft.js"].map((name) => `${base}/static/${name}?v=${edition}`);

const languageOf = async (address) => {
  const asked = address && address.searchParams.get("lang");
  if (languages.includes(asked)) return asked;
  const chosen = self.cookieStore && await self.cookieStore.get("tanggap_lang");
  if (chosen && languages.includes(chosen.value)) return chosen.value;
  return (self.navigator.languages || []).map((each) => each.slice(0, 2)).find((each) => languages.includes(each)) || languages[0];
};
// In the language of whoever is here: the other one comes when it is opened.
const prepare = async () => {
  const [tab] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const lang = await languageOf(tab && new URL(tab.url)), shelf = await caches.open(SHELL);
  await Promise.all([...FILES, `${base}/report?lang=${lang}`, `${base}/offline?lang=${lang}`].map(async (address) => {
    const answer = await fetch(address, { credentials: "omit" });
    if (!answer.ok) throw new Error(address);
    await shelf.put(address, answer);
  }));
};
self.addEventListener("install", (event) => { self.skipWaiting(); event.waitUntil(prepare()); });
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("tanggap-") && name !== SHELL && name !== SEEN) await caches.delete(name);
  await self.clients.claim();
})()));

const shell = async (page, address) => {
  const lang = await languageOf(address);
  const shelf = await caches.open(SHELL);
  return (await shelf.match(`${base}/${page}?lang=${lang}`)) || (await shelf.match(`${base}/${page}`, { ignoreSearch: true })) || Response.error();
};
const remember = async (request, answer) => {
  const seen = await caches.open(SEEN);
  await seen.delete(request);
  await seen.put(request, answer);
  const kept = await seen.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MOST_SEEN))) await seen.delete(old);
};
// Only what everybody may see: said by the page itself, and asked for without a key.
const isOpen = (address, answer) => answer.ok && !answer.redirected && !address.searchParams.has("key") && (answer.headers.get("Cache-Control") || "").startsWith("public");

const shelve = async (answer) => (await caches.open(SHELL)).put(`${base}/report?lang=${answer.headers.get("Content-Language")}`, answer);

const opened = async (event, address) => {
  const path = address.pathname.slice(base.length);
  try {
    const answer = await fetch(event.request);
    if (path.startsWith("/reports/") && isOpen(address, answer)) event.waitUntil(remember(event.request, answer.clone()));
    if (path === "/report" && answer.ok && !answer.redirected) event.waitUntil(shelve(answer.clone()));
    return answer;
  } catch {
    if (path === "/report") return shell("report", address);
    const seen = address.searchParams.has("key") ? undefined : await (await caches.open(SEEN)).match(event.request, { ignoreVary: true });
    return seen || shell("offline", address);
  }
};
// The form was sent and no answer of ours came: it waits on this phone, and goes off when there is net.
const posted = async (event, address) => {
  const copy = event.request.clone();
  let answer;
  try { answer = await fetch(event.request); } catch { /* no net */ }
  // All our answers are pages: anything else says, in the words of what stands before us, that we cannot be reached.
  if (answer && (answer.status < 400 || (answer.headers.get("Content-Type") || "").startsWith("text/html"))) return answer;
  const told = await copy.formData(), draft = await self.outbox.get(String(told.get("form_id") || ""));
  if (!draft || told.get("same")) return answer || shell("offline", address);
  await self.outbox.put({ ...draft, state: "waiting", tried: true });
  await askToSync();
  return shell("offline", address);
};
const askToSync = async () => { try { await self.registration.sync.register("outbox"); } catch { /* the page asks again when it is opened */ } };

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url), path = address.pathname.slice(base.length);
  if (address.origin !== self.location.origin || !address.pathname.startsWith(`${base}/`) || /^\/(desk|_local|staff|channels)(\/|$)/.test(path)) return;
  if (event.request.mode === "navigate") {
    if (event.request.method === "GET") event.respondWith(opened(event, address));
    else if (event.request.method === "POST" && path === "/report") event.respondWith(posted(event, address));
  } else if (event.request.method === "GET" && path.startsWith("/static/")) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
  }
});

const told = async () => { for (const each of await self.clients.matchAll()) each.postMessage("outbox"); };
self.addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  event.waitUntil(self.outbox.sendAll(base).then(async (left) => { await told(); if (left) throw new Error("not all could be sent"); }));
});
