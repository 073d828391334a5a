// The form's photos (made smaller, uploaded, shown, taken out again), the place by GPS or a tap on a small map, and buttons that copy.
"use strict";
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = button.dataset.copied; } catch { /* it can be read */ }
    });
  }
  const form = document.getElementById("report-form");
  if (!form) return;
  const words = JSON.parse(document.getElementById("form-words").textContent), base = form.dataset.base;
  const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));

  // ---- photos
  const field = document.getElementById("photo_files"), state = document.getElementById("photo-state"), list = document.getElementById("photo-list");
  const MOST = Number(form.dataset.most), MOST_BYTES = 15_000_000, SIDE = 1600;
  const photos = []; // {id, blob, name, at}
  let going = Promise.resolve();

  // A camera's time and place stand in its Exif segment, which a canvas drops: it is put back, told that the picture is upright.
  const exifOf = async (file) => {
    const view = new DataView(await file.slice(0, 131_072).arrayBuffer());
    if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; at + 4 < view.byteLength && view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda;) {
      const size = view.getUint16(at + 2);
      if (view.getUint8(at + 1) === 0xe1 && at + 2 + size <= view.byteLength && size > 20 && view.getUint32(at + 4) === 0x45786966) {
        const own = view.buffer.slice(at, at + 2 + size), tiff = new DataView(own, 10), little = tiff.getUint16(0) === 0x4949;
        const first = tiff.getUint32(4, little), count = tiff.getUint16(first, little);
        for (let entry = first + 2; entry < first + 2 + count * 12; entry += 12) if (tiff.getUint16(entry, little) === 0x0112) tiff.setUint16(entry + 8, 1, little);
        return own;
      }
      at += 2 + size;
    }
    return null;
  };
  // JPEG, PNG, GIF, WebP, BMP, TIFF, HEIC and AVIF by how they begin, whatever they are called.
  const isPicture = async (file) => /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF|BM|II\*\0|MM\0\*|[^]{4}ftyp)/.test(String.fromCharCode(...new Uint8Array(await file.slice(0, 8).arrayBuffer())));
  const smaller = async (file) => {
    let picture;
    try { picture = await createImageBitmap(file); } catch { return (await isPicture(file)) ? file : null; } // the server knows kinds that this browser does not
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 600_000 && file.type === "image/jpeg") return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
    if (!drawn || drawn.size >= file.size) return file;
    let exif = null;
    try { exif = await exifOf(file); } catch { /* a broken one is no loss */ }
    return new Blob(exif ? [drawn.slice(0, 2), exif, drawn.slice(2)] : [drawn], { type: "image/jpeg" });
  };
  const show = () => {
    list.querySelectorAll("[data-photo]").forEach((each) => each.remove());
    photos.forEach((photo, number) => {
      const item = document.createElement("li"), remove = document.createElement("button");
      item.dataset.photo = "";
      if (photo.blob) {
        const image = document.createElement("img");
        image.alt = `${words.photo} ${number + 1}`; image.width = 120; image.height = 90;
        image.src = URL.createObjectURL(photo.blob);
        image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
        item.append(image);
      }
      if (photo.id) {
        const hidden = document.createElement("input");
        hidden.type = "hidden"; hidden.name = "photos"; hidden.value = photo.id;
        item.append(hidden);
      }
      remove.type = "button"; remove.className = "quiet"; remove.textContent = words.remove;
      remove.setAttribute("aria-label", `${words.remove}: ${words.photo} ${number + 1}`);
      remove.addEventListener("click", () => { photos.splice(photos.indexOf(photo), 1); state.textContent = ""; show(); changed(); field.focus(); });
      item.append(remove);
      list.append(item);
    });
    // What could not be uploaded goes with the form itself.
    const left = new DataTransfer();
    for (const photo of photos) if (!photo.id && photo.blob) left.items.add(new File([photo.blob], photo.name, { type: photo.blob.type }));
    field.files = left.files;
  };
  const upload = async () => {
    for (const photo of photos) {
      if (photo.id || !photo.blob) continue;
      if (!navigator.onLine) { state.textContent = words.kept; return; }
      state.textContent = words.sending;
      try { photo.id = await self.outbox.upload(base, photo.blob); photo.at = Date.now(); } catch { state.textContent = words.later; return; }
    }
    if (photos.length) state.textContent = words.ready;
  };
  const take = async (files) => {
    const told = [];
    for (const file of files) {
      if (photos.length >= MOST) { told.push(words.many); break; }
      if (!file.type.startsWith("image/") && !/\.(jpe?g|png|webp|gif|bmp|avif|hei[cf]|tiff?)$/i.test(file.name)) { told.push(`${file.name}: ${words.type}`); continue; }
      state.textContent = words.shrinking;
      const blob = await smaller(file);
      if (!blob) { told.push(`${file.name}: ${words.type}`); continue; }
      if (blob.size > MOST_BYTES) { told.push(`${file.name}: ${words.large}`); continue; }
      photos.push({ id: "", blob, name: file.name || "photo.jpg", at: 0 });
    }
    state.textContent = "";
    show();
    await upload();
    show();
    if (told.length) state.textContent = told.join(" ");
    state.classList.toggle("slip", told.length > 0);
    changed();
  };
  field.addEventListener("change", () => { const files = [...field.files]; if (files.length) going = going.then(() => take(files)).catch(() => {}); });
  // Those that the server has already.
  for (const box of list.querySelectorAll("[data-kept]")) { photos.push({ id: box.dataset.kept, blob: null, name: "", at: Date.now() }); box.remove(); }
  show();
  self.reportPhotos = {
    list: photos, settled: () => going, retry: () => (going = going.then(upload).then(show)),
    restore: (kept) => { photos.splice(0, photos.length, ...kept); show(); },
    // The pictures of photos that only the server knows here.
    known: (kept) => { for (const photo of photos) { const same = kept.find((each) => each.id === photo.id); if (same && !photo.blob) photo.blob = same.blob; } show(); },
  };

  // ---- place
  const lat = document.getElementById("lat"), lng = document.getElementById("lng"), kelurahan = document.getElementById("kelurahan");
  const where = document.getElementById("where"), find = document.getElementById("gps"), none = document.getElementById("no-point");
  const box = document.getElementById("picker"), drawing = document.getElementById("drawing");
  let span = 1.6, asked = 0;
  const load = async (query) => {
    const mine = ++asked;
    let text;
    try {
      const answer = await fetch(`${base}/report/map.svg?${new URLSearchParams({ ...query, lang: document.documentElement.lang })}`);
      if (!answer.ok) return;
      text = await answer.text();
    } catch { return; } // no net: the form works without the map
    if (mine !== asked) return;
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (svg.nodeName !== "svg") return;
    drawing.replaceChildren(document.importNode(svg, true));
    box.hidden = false;
  };
  const plain = (name) => name.trim().toLowerCase();
  const named = () => kelurahan.value && [...kelurahan.list.options].some((each) => plain(each.value) === plain(kelurahan.value));
  const around = () => load({ lat: lat.value, lng: lng.value, span });
  const point = (north, east, words_) => {
    lat.value = north; lng.value = east; where.textContent = words_; none.hidden = !north;
    if (north) around(); else if (named()) load({ kelurahan: kelurahan.value }); else box.hidden = true;
    changed();
  };
  const middle = (svg) => {
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    return { width, height, at: (x, y) => [(Number(svg.dataset.north) - y / Number(svg.dataset.y)).toFixed(6), (Number(svg.dataset.west) + x / Number(svg.dataset.x)).toFixed(6)] };
  };
  drawing.addEventListener("click", (event) => {
    const svg = drawing.querySelector("svg");
    if (!svg) return;
    const seen = svg.getBoundingClientRect(), sheet = middle(svg);
    span = sheet.height / Number(svg.dataset.y) * 111.32;
    point(...sheet.at((event.clientX - seen.left) / seen.width * sheet.width, (event.clientY - seen.top) / seen.height * sheet.height), words.tapped);
  });
  for (const button of box.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => {
    const svg = drawing.querySelector("svg");
    if (!svg) return;
    const sheet = middle(svg), [north, east] = sheet.at(sheet.width / 2, sheet.height / 2);
    span = Math.min(Math.max(sheet.height / Number(svg.dataset.y) * 111.32 * Number(button.dataset.zoom), 0.2), 40);
    if (lat.value) around(); else load({ lat: north, lng: east, span, view: 1 });
  });
  kelurahan.addEventListener("change", () => { if (!lat.value && named()) load({ kelurahan: kelurahan.value }); });
  none.addEventListener("click", () => { point("", "", ""); find.focus(); });
  if (navigator.geolocation) {
    find.hidden = false;
    find.addEventListener("click", () => {
      where.textContent = words.finding;
      navigator.geolocation.getCurrentPosition(
        (found) => point(found.coords.latitude.toFixed(6), found.coords.longitude.toFixed(6), words.found.replace("{m}", String(Math.max(1, Math.round(found.coords.accuracy))))),
        () => { where.textContent = words.nowhere; },
        { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
      );
    });
  }
  const placed = () => { none.hidden = !lat.value; if (lat.value) { where.textContent = words.tapped; around(); } else if (named()) load({ kelurahan: kelurahan.value }); };
  form.addEventListener("restored", placed);
  placed();
})();
