// The map that can be moved: the same screens as the server draws, by Leaflet. Without it the page stays as it came.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live || !window.L) return;
  const id = (name) => document.getElementById(name);
  const say = JSON.parse(id("map-words").textContent);
  const set = live.dataset;
  const told = new URLSearchParams(set.query);
  let map, drawn, asked = null, first = true;

  const boxOf = (bounds) => [
    Math.max(bounds.getWest(), -180), Math.max(bounds.getSouth(), -85), Math.min(bounds.getEast(), 180), Math.min(bounds.getNorth(), 85),
  ].map((each) => each.toFixed(5)).join(",");

  const trouble = (text) => { id("trouble").textContent = text; id("trouble").hidden = !text; };

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const words = (line, into) => {
    if (line.url) { const link = element("a", line.title); link.href = line.url; into.append(link); }
    else into.append(element("span", line.title, "place"));
    into.append(element("span", line.told, "soft"));
    if (line.words) into.append(element("bdi", line.words));
    return into;
  };

  const list = (seen) => {
    const points = seen.kind === "points";
    id("list-title").textContent = points ? say.list_reports : say.list_areas;
    id("told").textContent = `${seen.told} ${seen.note}`.trim();
    id("hint").textContent = !seen.list.length ? say.list_none : points ? say.list_hint : say.areas_hint;
    id("lines").replaceChildren(...seen.list.map((line) => {
      const row = element("li", "", line.state);
      if (line.number) row.append(element("b", String(line.number), "no"));
      row.append(words(line, element("div")));
      return row;
    }));
    id("left").hidden = !seen.left;
    id("left").textContent = (points ? say.left_reports : say.left_areas).replace("{n}", seen.left);
    id("key-points").hidden = !points;
    id("key-cells").hidden = points;
  };

  const mark = (className, size, text) => {
    const inner = element("b", text);
    return L.divIcon({ className, html: inner, iconSize: [size, size] });
  };

  const draw = (seen) => {
    drawn.clearLayers();
    for (const cell of seen.cells || []) {
      const shape = L.polygon(cell.ring, { className: `hexagon q${cell.level}`, weight: 1.5 }).addTo(drawn);
      shape.on("click", () => map.fitBounds(shape.getBounds()));
      L.marker(shape.getBounds().getCenter(), { icon: mark(`count n${cell.level}`, 40, cell.short), interactive: false, keyboard: false }).addTo(drawn);
    }
    for (const point of seen.points || []) {
      const line = seen.list[point.number - 1];
      L.marker([point.lat, point.lng], { icon: mark(`pin ${point.state}`, point.state === "disputed" ? 38 : 28, String(point.number)), keyboard: false, zIndexOffset: -point.number })
        .bindPopup(() => words(line, element("div"))).addTo(drawn);
    }
  };

  const load = async () => {
    if (asked) asked.abort();
    const mine = asked = new AbortController();
    told.set("bbox", boxOf(map.getBounds()));
    try {
      const answer = await fetch(`${set.src}?${told}&lang=${set.lang}`, { signal: mine.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const seen = await answer.json();
      draw(seen);
      list(seen);
      trouble("");
      id("bbox").value = told.get("bbox");
      const { lat, lng } = map.getCenter();
      id("tell-me").search = new URLSearchParams({ lat: lat.toFixed(5), lng: lng.toFixed(5), radius: "1000" });
      if (!first) history.replaceState(null, "", `${set.page}?${told}`.replaceAll("%2C", ","));
      first = false;
    } catch (error) {
      if (mine.signal.aborted) return;
      if (first) { live.hidden = id("tools").hidden = true; id("still").hidden = false; } // what the server drew is still right
      else trouble(say.offline);
    }
  };

  const outlines = async () => {
    try {
      const { per_degree: unit, areas } = await (await fetch(set.outlines)).json();
      for (const [, ...rings] of areas) {
        for (const text of rings) {
          const steps = text.split(" ").map(Number), ring = [];
          let x = 0, y = 0;
          for (let at = 0; at < steps.length; at += 2) { x += steps[at]; y += steps[at + 1]; ring.push([y / unit, x / unit]); }
          L.polygon(ring, { className: "lined", weight: 1, interactive: false }).addTo(map).bringToBack();
        }
      }
    } catch { /* the reports are on the map all the same */ }
  };

  const begin = () => {
    id("still").hidden = true;
    live.hidden = id("tools").hidden = false;
    map = L.map(live, { zoomControl: false, attributionControl: Boolean(set.tiles), minZoom: 8, maxZoom: 18, zoomSnap: 0 });
    L.control.zoom({ zoomInTitle: say.in, zoomOutTitle: say.out }).addTo(map);
    const [west, south, east, north] = set.bbox.split(",").map(Number);
    const screen = L.latLngBounds([south, west], [north, east]);
    // A screen of points stays one: what shows lies inside of it. Hexagons show with a little around them.
    map.setView(screen.getCenter(), map.getBoundsZoom(screen, set.kind === "points"));
    drawn = L.layerGroup().addTo(map);
    if (set.tiles) {
      map.attributionControl.setPrefix(false);
      L.tileLayer(set.tiles, { maxZoom: 19, attribution: element("i", set.credit).innerHTML, referrerPolicy: "origin" }).addTo(map);
    } else outlines();
    let soon = 0;
    map.on("moveend", () => { clearTimeout(soon); soon = setTimeout(load, 200); });
    id("my-place").addEventListener("click", () => {
      if (!navigator.geolocation) { trouble(say.no_place); return; }
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => { trouble(""); map.setView([coords.latitude, coords.longitude], 16); }, () => trouble(say.no_place), { timeout: 10000, maximumAge: 60000 },
      );
    });
    load();
  };

  const styled = set.styles.split(" ").map((address) => new Promise((done) => {
    const style = element("link");
    style.rel = "stylesheet";
    style.href = address;
    style.onload = () => done(true);
    style.onerror = () => done(false);
    document.head.append(style);
  }));
  Promise.all(styled).then((came) => { if (came.every(Boolean)) begin(); });
})();
