// The page of alerts: the phone's own position in place of a kelurahan. Without this one types the kelurahan.
"use strict";
(() => {
  const form = document.querySelector("[data-alerts]");
  const button = document.getElementById("gps");
  const said = document.getElementById("gps-said");
  if (!form || !button || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = form.dataset.busy;
    navigator.geolocation.getCurrentPosition((found) => {
      // About a hundred metres: nobody's own door leaves the phone.
      form.elements.lat.value = found.coords.latitude.toFixed(3);
      form.elements.lng.value = found.coords.longitude.toFixed(3);
      form.elements.kelurahan.value = "";
      said.textContent = form.dataset.done;
    }, () => { said.textContent = form.dataset.failed; }, { timeout: 15000, maximumAge: 60000 });
  });
})();
