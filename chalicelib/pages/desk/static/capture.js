// The field page's camera: a code from the server is drawn into each picture, as words and as a strip that is read back.
// Without a camera, or without this, the form's own file field takes a picture, which is then marked unverified.
"use strict";
(() => {
  const box = document.getElementById("camera");
  const form = document.querySelector('form[action$="/resolve"]');
  if (!box || !form || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  box.hidden = false;
  const byId = (name) => document.getElementById(`camera-${name}`);
  const video = byId("video"), open = byId("open"), take = byId("take"), stop = byId("stop"), state = byId("state");
  const LONGEST = 1600, QUALITY = 0.85;
  let stream = null, at = null, watching = null;

  const show = (live) => { video.hidden = take.hidden = stop.hidden = !live; open.hidden = live; };
  const close = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    if (watching !== null) navigator.geolocation.clearWatch(watching);
    stream = watching = null;
    show(false);
  };
  open.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: LONGEST } }, audio: false });
      video.srcObject = stream;
      await video.play();
      show(true);
      take.focus();
      if (navigator.geolocation) watching = navigator.geolocation.watchPosition((found) => { at = found.coords; }, () => {}, { enableHighAccuracy: true });
    } catch { close(); state.textContent = box.dataset.none; }
  });
  stop.addEventListener("click", () => { close(); open.focus(); });

  const codeOf = async () => {
    const body = new URLSearchParams({ csrf: box.dataset.csrf });
    const made = await fetch(box.dataset.code, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!made.ok) throw new Error(String(made.status));
    return made.json();
  };
  const drawn = (given) => {
    const by = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement("canvas");
    const width = canvas.width = Math.round(video.videoWidth * by), height = canvas.height = Math.round(video.videoHeight * by);
    const pen = canvas.getContext("2d");
    pen.drawImage(video, 0, 0, width, height);
    const row = width * given.row, cell = width / given.cells.length, words = Math.max(12, Math.round(width / 40));
    const place = at ? `  ${at.latitude.toFixed(5)}, ${at.longitude.toFixed(5)}` : "";
    pen.fillStyle = "rgba(0, 0, 0, .6)";
    pen.fillRect(0, height - 2 * row - words * 1.8, width, words * 1.8);
    pen.fillStyle = "#fff";
    pen.font = `${words}px sans-serif`;
    pen.fillText(`${given.code}  ${given.at}  ${box.dataset.tracking}${place}`, words / 2, height - 2 * row - words * 0.5, width - words);
    [...given.cells].forEach((bit, index) => {
      const left = Math.round(index * cell), wide = Math.round((index + 1) * cell) - left;
      [[2, bit === "1"], [1, bit === "0"]].forEach(([up, white]) => {
        pen.fillStyle = white ? "#fff" : "#000";
        pen.fillRect(left, height - up * row, wide, row + 1);
      });
    });
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  };
  const send = async (picture) => {
    const made = await fetch(box.dataset.uploads, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    if (!made.ok) throw new Error(String(made.status));
    const told = await made.json(), body = new FormData();
    Object.entries(told.fields).forEach(([name, value]) => body.append(name, value));
    body.append("file", picture);
    const stored = await fetch(told.url, { method: "POST", body });
    if (!stored.ok) throw new Error(String(stored.status));
    return told.id;
  };
  const kept = (id, picture) => {
    const field = document.createElement("input");
    field.type = "hidden"; field.name = "photos"; field.value = id;
    form.append(field);
    const item = document.createElement("li"), image = document.createElement("img");
    image.alt = box.dataset.sent; image.src = URL.createObjectURL(picture);
    item.append(image);
    byId("taken").append(item);
    const file = form.querySelector('input[type="file"]');
    if (file) file.required = false;
  };
  take.addEventListener("click", async () => {
    take.disabled = true;
    state.textContent = box.dataset.sending;
    try {
      const picture = await drawn(await codeOf());
      kept(await send(picture), picture);
      state.textContent = box.dataset.sent;
    } catch { state.textContent = box.dataset.failed; }
    take.disabled = false;
  });
  window.addEventListener("pagehide", close);
})();
