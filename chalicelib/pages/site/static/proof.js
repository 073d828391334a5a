// Works a proof out once more, in the browser: chain, leaf, path and root. Nothing of the page needs it.
"use strict";
(async () => {
  const data = document.getElementById("proof-data"), line = document.getElementById("browser"), card = document.getElementById("proof");
  if (!data || !line || !window.crypto || !crypto.subtle) return;
  const proof = JSON.parse(data.textContent), text = new TextEncoder();
  const hex = (bytes) => [...new Uint8Array(bytes)].map((each) => each.toString(16).padStart(2, "0")).join("");
  const sha = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
  const joined = (...parts) => { const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0)); let at = 0; for (const part of parts) { all.set(part, at); at += part.length; } return all; };
  const raw = (hash) => Uint8Array.from(hash.match(/../g), (pair) => parseInt(pair, 16));
  // Keys in the order of their code points, as every implementation of the proof has them; ours are plain ASCII.
  const canonical = (value) => Array.isArray(value) ? `[${value.map(canonical).join(",")}]`
    : value && typeof value === "object" ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`
      : JSON.stringify(value);
  const holds = async () => {
    let before = "", number = 0;
    for (const entry of proof.chain) {
      number += 1;
      if (entry.seq !== number || entry.hash !== await sha(text.encode(`${before}|${number}|${entry.at}|${entry.event}|${entry.digest}`))) return false;
      before = entry.hash;
    }
    const record = proof.record, names = ["at", "event", "hash"];
    if (record.tracking !== proof.tracking || proof.shown.seq !== proof.chain.length || proof.shown.status !== proof.shown.state.status || proof.chain[record.seq - 1].hash !== record.head) return false;
    for (const entry of [...record.entries, ...proof.shown.entries]) if (names.some((name) => proof.chain[entry.seq - 1][name] !== entry[name])) return false;
    const salted = (told) => sha(text.encode(`${told.salt}|${told.words}`)), shown = new Map(proof.shown.entries.map((entry) => [entry.seq, entry]));
    for (const entry of proof.shown.entries) if (!entry.erased && entry.note !== (entry.words ? await salted(entry) : "")) return false;
    const archived = new Set(record.entries.map((entry) => entry.seq)), first = proof.shown.state.received_at, came = record.state.received_at;
    if (came && first && came !== first) return false;
    for (const entry of proof.shown.entries) if (archived.size && entry.seq <= record.seq && !entry.erased && !archived.has(entry.seq)) return false;
    const reporters = ["received", "completed", "confirmed", "disputed", "reopened", "withdrawn", "stepped_back"];
    for (const known of record.entries) if (shown.get(known.seq)?.erased && !reporters.includes(known.event) && !proof.chain.slice(known.seq).some((entry) => ["erased", "redacted"].includes(entry.event))) return false;
    for (const known of record.entries) { const entry = shown.get(known.seq); if (!entry || (!entry.erased && ["status", "by", "reason", "note"].some((name) => known[name] !== entry[name]))) return false; }
    if (proof.shown.seq === record.seq) {
      if (canonical(proof.shown.state) !== canonical(record.state)) return false;
      for (const [name, told] of Object.entries(proof.shown.words)) if (record.words[name] !== await salted(told)) return false;
    }
    let at = await sha(joined(Uint8Array.of(0), text.encode(canonical(record))));
    if (at !== proof.leaf) return false;
    for (const [side, other] of proof.path) at = await sha(joined(Uint8Array.of(1), ...(side === "left" ? [raw(other), raw(at)] : [raw(at), raw(other)])));
    const { root, url, ...head } = proof.tree;
    return at === head.leaves_root && root === await sha(joined(Uint8Array.of(2), text.encode(canonical(head))));
  };
  let right = false;
  try { right = await holds(); } catch { right = false; }
  line.textContent = right ? card.dataset.holds : card.dataset.fails;
  line.className = `notice ${right ? "green" : "red"}`;
})();
