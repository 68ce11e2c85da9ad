// What the pages gain with JavaScript. Without it everything still works: forms post, links lead, details open.
"use strict";

const live = document.getElementById("live");

/** Say `message` to screen readers. Servers do it with `HX-Trigger: {"announce": {"message": "…"}}`. */
function announce(message) {
  live.textContent = "";
  setTimeout(() => { live.textContent = message; }, 50);
}
document.addEventListener("announce", (event) => announce(event.detail.message));

// -- Theme: light, dark, or the system's ------------------------------------------------------------------------------

const themes = document.querySelector("[data-themes]");
function showTheme() {
  const current = document.documentElement.dataset.bsTheme ?? "auto";
  for (const button of themes.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === current));
  }
}
if (themes) {
  themes.hidden = false;
  showTheme();
  themes.addEventListener("click", (event) => {
    const choice = event.target.closest("button")?.value;
    if (!choice) return;
    if (choice === "auto") delete document.documentElement.dataset.bsTheme;
    else document.documentElement.dataset.bsTheme = choice;
    try { localStorage.setItem("theme", choice); } catch { /* kept for this page only */ }
    showTheme();
  });
}

// -- Menus made of <details>: one click outside or Escape closes them --------------------------------------------------

function openMenus() { return document.querySelectorAll("details.av-menu[open]"); }
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// -- Confirmation: data-confirm on a form or its button, hx-confirm on an htmx element ---------------------------------

const dialog = document.getElementById("confirm");
function confirmThen(question, button, act) {
  dialog.querySelector("p").textContent = question;
  dialog.querySelector("[value=yes]").textContent = button?.textContent.trim() || "Confirmer";
  dialog.returnValue = "";
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") act(); }, { once: true });
  dialog.showModal();
}
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  confirmThen(event.detail.question, event.target.closest("button"), () => event.detail.issueRequest(true));
});

// -- Sending: ask first, then send once --------------------------------------------------------------------------------

const SENDING = 8000; // a download leaves the page where it is: the form is freed after this many milliseconds

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.closest("dialog")) return;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !form.dataset.confirmed) {
    event.preventDefault();
    event.stopPropagation();
    const submitter = event.submitter;
    confirmThen(question, submitter, () => {
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
    });
    return;
  }
  delete form.dataset.confirmed;
  if (form.dataset.sending) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  form.dataset.sending = "yes";
  setTimeout(() => { delete form.dataset.sending; }, SENDING);
}, true);
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (!form) return;
  delete form.dataset.sending;
  if (event.detail.successful) delete form.dataset.changed;
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

// -- Leaving never loses: form[data-guard] asks before its changes are left --------------------------------------------

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-guard")) form.dataset.changed = "yes";
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-guard][data-changed]:not([data-sending])")) event.preventDefault();
});

// -- htmx: focus is never lost, a failure is told, an ended session asks to sign in again ------------------------------

let focusWasInside = false; // the swap that comes removes the focused element

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (/^\s*<!doctype/i.test(xhr.responseText) && target !== document.body) { // the sign-in page, where a part was awaited
    event.detail.shouldSwap = false;
    location.reload();
    return;
  }
  focusWasInside = target.contains(document.activeElement) && document.activeElement !== document.body;
});
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = event.target.querySelector?.("[data-focus]");
  if (wanted) wanted.focus();
  else if (focusWasInside && document.activeElement === document.body) {
    event.target.setAttribute("tabindex", "-1");
    event.target.focus({ preventScroll: true });
  }
  focusWasInside = false;
});
function failure(message) {
  const alert = document.getElementById("failure").content.firstElementChild.cloneNode(true);
  alert.querySelector("p").textContent = message;
  document.getElementById("messages").replaceChildren(alert);
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.querySelector("#messages [role=alert]")?.remove(); // what failed has passed
});
document.addEventListener("htmx:sendError", () => failure(
  "Le serveur ne répond pas. Votre saisie reste à l’écran : vérifiez votre connexion, puis recommencez."));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status < 500) return;
  failure("La plateforme a rencontré une erreur. Votre saisie reste à l’écran : recommencez dans un instant.");
});

// -- A page that came with errors starts at their summary --------------------------------------------------------------

document.querySelector("[data-focus]")?.focus();

// -- Reading mode: the page alone on the screen -------------------------------------------------------------------------

const fullscreen = document.querySelector("[data-fullscreen]");
if (fullscreen && document.fullscreenEnabled) {
  fullscreen.hidden = false;
  fullscreen.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.getElementById("content").requestFullscreen();
  });
}
