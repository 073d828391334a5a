// The counter: Ctrl+Enter saves, photos go up while one is still typing, the camera takes them, the slip prints. Nothing needs it.
"use strict";
(() => {
  const print = document.getElementById("print");
  if (print) { print.hidden = false; print.addEventListener("click", () => window.print()); }
  const form = document.getElementById("counter");
  if (!form) return;
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(document.getElementById("save")); }
  });

  const field = document.getElementById("f-photos"), state = document.getElementById("photo-state");
  const held = document.getElementById("uploaded"), thumbs = document.getElementById("thumbs");
  let under = 0;
  // Straight into the bucket, as large as presigned uploads may be; what fails stays in the field and goes with the form.
  const send = async (file) => {
    const made = await fetch(form.dataset.uploads, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    if (!made.ok) throw new Error(String(made.status));
    const told = await made.json(), body = new FormData();
    Object.entries(told.fields).forEach(([name, value]) => body.append(name, value));
    body.append("file", file);
    const stored = await fetch(told.url, { method: "POST", body });
    if (!stored.ok) throw new Error(String(stored.status));
    const hidden = document.createElement("input");
    hidden.type = "hidden"; hidden.name = "photo"; hidden.value = told.id;
    held.append(hidden);
    const item = document.createElement("li"), image = document.createElement("img");
    image.alt = file.name; image.width = 160; image.height = 120; image.src = URL.createObjectURL(file);
    item.append(image); thumbs.append(item);
  };
  const keep = (files) => { const kept = new DataTransfer(); files.forEach((file) => kept.items.add(file)); field.files = kept.files; };
  const sendAll = async (files) => {
    under += 1; state.textContent = form.dataset.sending;
    const failed = [];
    for (const file of files) { try { await send(file); } catch { failed.push(file); } }
    under -= 1; keep(failed);
    state.textContent = failed.length ? form.dataset.failed : "";
  };
  let going = Promise.resolve();
  field.addEventListener("change", () => { const files = [...field.files]; if (files.length) going = going.then(() => sendAll(files)); });
  form.addEventListener("submit", (event) => {
    if (!under) return;
    event.preventDefault(); event.stopPropagation();
    going.then(() => form.requestSubmit(document.getElementById("save")));
  }, true);

  const camera = document.getElementById("camera"), video = document.getElementById("camera-video"), live = document.getElementById("camera-live");
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  camera.hidden = false;
  let stream = null;
  const stop = () => { if (stream) stream.getTracks().forEach((track) => track.stop()); stream = null; live.hidden = true; document.getElementById("camera-open").focus(); };
  document.getElementById("camera-open").addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1600 } }, audio: false });
      video.srcObject = stream; await video.play(); live.hidden = false; document.getElementById("camera-take").focus();
    } catch { state.textContent = form.dataset.none; }
  });
  document.getElementById("camera-stop").addEventListener("click", stop);
  document.getElementById("camera-take").addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      if (!blob) return;
      const file = new File([blob], "camera.jpg", { type: "image/jpeg" });
      state.textContent = form.dataset.taken;
      going = going.then(() => sendAll([file]));
    }, "image/jpeg", 0.9);
  });
  addEventListener("pagehide", stop);
})();
