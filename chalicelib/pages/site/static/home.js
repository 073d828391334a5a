// The front page: opens the map around where one is. The position leaves the browser only as part of that map's address on
// this site; without a script there is the list of kelurahan.
"use strict";
(() => {
  const button = document.getElementById("here"), told = document.getElementById("here-told");
  if (!button || !navigator.geolocation) return;
  button.parentElement.hidden = false;
  const HALF = 0.009; // degrees: about a kilometre
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition((found) => {
      const { latitude: lat, longitude: lng } = found.coords;
      const box = [lng - HALF, lat - HALF, lng + HALF, lat + HALF].map((each) => each.toFixed(4));
      location.href = `${button.dataset.map}?bbox=${box.join(",")}`;
    }, () => {
      button.removeAttribute("aria-busy");
      told.textContent = button.dataset.failed;
    }, { timeout: 15000, maximumAge: 60000 });
  });
})();
