// A point picked on a small map goes into the form's fields. The map itself is drawn by the server.
"use strict";
(() => {
  for (const box of document.querySelectorAll("[data-map-picker]")) {
    const lat = document.getElementById(box.dataset.lat);
    const lng = document.getElementById(box.dataset.lng);
    const kelurahan = document.getElementById(box.dataset.kelurahan);
    const drawing = box.querySelector(".drawing");
    if (!lat || !lng) continue;
    let span = 1.6, asked = 0;

    const load = async (query) => {
      const mine = ++asked;
      let text;
      try {
        const answer = await fetch(`${box.dataset.src}?${new URLSearchParams(query)}`);
        if (!answer.ok) return;
        text = await answer.text();
      } catch { return; } // no net: the form works without the map
      if (mine !== asked) return;
      const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      if (svg.nodeName !== "svg") return;
      drawing.replaceChildren(document.importNode(svg, true));
      box.hidden = false;
    };
    // Half a name is asked for only once it is one of the list's.
    const plain = (name) => name.trim().toLowerCase();
    const named = () => kelurahan && kelurahan.value && (!kelurahan.list || [...kelurahan.list.options].some((each) => plain(each.value) === plain(kelurahan.value)));
    const around = () => load({ lat: lat.value, lng: lng.value, span });
    const shown = () => (lat.value && lng.value ? around() : named() ? load({ kelurahan: kelurahan.value }) : undefined);

    drawing.addEventListener("click", (event) => {
      const svg = drawing.querySelector("svg");
      if (!svg) return;
      const seen = svg.getBoundingClientRect();
      const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
      const x = (event.clientX - seen.left) / seen.width * width;
      const y = (event.clientY - seen.top) / seen.height * height;
      lat.value = (Number(svg.dataset.north) - y / Number(svg.dataset.y)).toFixed(6);
      lng.value = (Number(svg.dataset.west) + x / Number(svg.dataset.x)).toFixed(6);
      span = height / Number(svg.dataset.y) * 111.32;
      around();
    });
    for (const button of box.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => {
        const svg = drawing.querySelector("svg");
        if (!svg) return;
        const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
        span = Math.min(Math.max(height / Number(svg.dataset.y) * 111.32 * Number(button.dataset.zoom), 0.2), 40);
        if (lat.value && lng.value) { around(); return; }
        const middle = { lat: Number(svg.dataset.north) - height / 2 / Number(svg.dataset.y), lng: Number(svg.dataset.west) + width / 2 / Number(svg.dataset.x) };
        load({ ...middle, span, view: 1 });
      });
    }
    if (kelurahan) kelurahan.addEventListener("change", shown);
    lat.addEventListener("change", shown);
    lng.addEventListener("change", shown);
    shown();
  }
})();
