// In a text of several lines Ctrl+Enter (or Command+Enter) sends its form, as Enter does in one line.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.form || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
