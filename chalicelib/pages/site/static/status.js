// The page of a report: the key out of the address bar, the link copied or shared, photos sent ahead of their form.
"use strict";
(() => {
  const here = new URL(location.href);
  if (here.searchParams.has("key") || here.searchParams.has("done")) {
    here.searchParams.delete("key");
    here.searchParams.delete("done");
    history.replaceState(history.state, "", here);
  }

  const link = document.getElementById("link");
  if (link) {
    const button = (words, act) => {
      const made = document.createElement("button");
      made.type = "button"; made.textContent = words;
      made.addEventListener("click", act);
      link.parentNode.append(made);
      return made;
    };
    if (navigator.clipboard) {
      const copy = button(link.dataset.copy, async () => {
        try { await navigator.clipboard.writeText(link.value); copy.textContent = link.dataset.copied; } catch { link.select(); }
      });
      copy.setAttribute("aria-live", "polite");
    }
    if (navigator.share) button(link.dataset.send, () => navigator.share({ title: link.dataset.share, url: link.value }).catch(() => {}));
    link.addEventListener("focus", () => link.select());
  }

  // A photo goes straight to where photos are kept; should that fail, it goes with the form, as without this script.
  const box = document.querySelector("[data-uploads]");
  const file = box && box.querySelector('input[type="file"]');
  if (!file || !window.fetch) return;
  const LONGEST = 1600, form = file.form, state = document.createElement("p");
  state.setAttribute("role", "status");
  box.append(state);
  const isPicture = async (file) => /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF|BM|II\*\0|MM\0\*|[^]{4}ftyp)/.test(String.fromCharCode(...new Uint8Array(await file.slice(0, 8).arrayBuffer())));
  const smaller = async (picture) => {
    if (!(await isPicture(picture))) throw new Error("no picture"); // with the form: then the page says what is wrong with it
    try {
      const drawn = await createImageBitmap(picture, { imageOrientation: "from-image" });
      const by = Math.min(1, LONGEST / Math.max(drawn.width, drawn.height)), canvas = document.createElement("canvas");
      if (by === 1 && picture.size < 1e6) return picture;
      canvas.width = Math.round(drawn.width * by); canvas.height = Math.round(drawn.height * by);
      canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
      return await new Promise((done) => canvas.toBlob((made) => done(made || picture), "image/jpeg", 0.85));
    } catch { return picture; }
  };
  const sent = async (picture) => {
    const drawn = await smaller(picture);
    const made = await fetch(box.dataset.uploads, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    if (!made.ok) throw new Error(String(made.status));
    const told = await made.json(), body = new FormData();
    Object.entries(told.fields).forEach(([name, value]) => body.append(name, value));
    body.append("file", drawn);
    if (!(await fetch(told.url, { method: "POST", body })).ok) throw new Error("not stored");
    return told.id;
  };
  form.addEventListener("submit", async (event) => {
    if (!file.files.length || form.dataset.sent) return;
    event.preventDefault();
    state.textContent = box.dataset.sending;
    form.querySelectorAll("button").forEach((each) => { each.disabled = true; });
    try {
      for (const picture of [...file.files]) {
        const field = document.createElement("input");
        field.type = "hidden"; field.name = "photos"; field.value = await sent(picture);
        box.append(field);
      }
      file.disabled = true;
    } catch {
      box.querySelectorAll('input[type="hidden"]').forEach((each) => each.remove());
      state.textContent = box.dataset.failed;
    }
    form.dataset.sent = "1";
    form.querySelectorAll("button").forEach((each) => { each.disabled = false; });
    form.submit();
  });
})();
