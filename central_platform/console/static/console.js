// SPDX-License-Identifier: Apache-2.0
// What pages cannot do by themselves. Without it everything works, only by reloading.
"use strict";

// A part that refreshes itself says when it could not: old figures must not look like new ones.
(() => {
  const stale = (shown) => {
    const note = document.getElementById("stale");
    if (note) note.hidden = !shown;
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.hasAttribute("data-refresh")) stale(!event.detail.successful);
  });
  // Somebody reads a menu or has opened a detail: what they look at is not taken from under their hands.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    if (!part.hasAttribute("data-refresh")) return;
    const held = part.querySelector("details[open], input:focus, select:focus, textarea:focus");
    if (held || document.hidden) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
})();
