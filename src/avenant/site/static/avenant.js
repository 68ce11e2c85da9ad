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

// -- Menus made of <details>: a click or the focus outside, or Escape, closes them --------------------------------------------------

function openMenus() { return document.querySelectorAll("details.av-menu[open]"); }
for (const moved of ["click", "focusin"]) {
  document.addEventListener(moved, (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// -- Narrow screens: what fills the first screen is folded, tables[class~=av-stack] are read row by row -----------------

const narrow = matchMedia("(max-width: 48rem)");
function foldWhatIsLong() {
  for (const one of document.querySelectorAll("details[data-narrow]")) one.open = !narrow.matches || one.dataset.narrow === "open";
}
foldWhatIsLong();
narrow.addEventListener("change", foldWhatIsLong);

/** Each cell says its column: the style sheet shows it where the header is not above it. */
function labelCells() {
  for (const table of document.querySelectorAll("table.av-stack:not([data-labelled])")) {
    const columns = Array.from(table.tHead?.rows[0].cells ?? [], (cell) => cell.textContent.trim());
    for (const row of [...table.tBodies, table.tFoot].flatMap((part) => Array.from(part?.rows ?? []))) {
      let column = 0;
      for (const cell of row.cells) {
        if (cell.colSpan === 1) cell.dataset.label = columns[column] ?? "";
        column += cell.colSpan;
      }
    }
    table.dataset.labelled = "";
  }
}
labelCells();
document.addEventListener("htmx:afterSwap", labelCells);

// -- Lists: input[data-ticks=name] ticks every row of the page, output[data-ticked=name] says how many are ------------

for (const all of document.querySelectorAll("input[data-ticks]")) {
  const rows = Array.from(document.querySelectorAll(`input[type=checkbox][name="${all.dataset.ticks}"]`));
  const told = document.querySelector(`output[data-ticked="${all.dataset.ticks}"]`);
  const show = () => {
    const count = rows.filter((row) => row.checked).length;
    all.checked = count === rows.length;
    all.indeterminate = count > 0 && count < rows.length;
    told.value = count ? ` ${count} sur cette page` : "";
    told.form.toggleAttribute("data-pinned", count > 0);
  };
  all.hidden = false;
  all.addEventListener("change", () => { for (const row of rows) row.checked = all.checked; show(); });
  for (const row of rows) row.addEventListener("change", show);
  show();
}

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
  if (!navigator.onLine) {
    event.preventDefault();
    event.stopPropagation();
    failure("Pas de connexion\u202f: rien n’est envoyé. Votre saisie reste à l’écran\u202f: recommencez quand la connexion revient.");
    document.getElementById("messages").scrollIntoView({ block: "center" });
    return;
  }
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

// -- An ended session: sign in again in a panel, over what is typed ----------------------------------------------------

const REOPENED = "/compte/reprise"; // the page to which the sign-in leads, second factor included
const sessionPanel = document.getElementById("session");
let refused = null; // the request that found the session ended

document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 401) return;
  refused = event.detail.requestConfig;
  if (!sessionPanel.open) openPanel();
});
async function openPanel() {
  const page = await fetch(`/compte/connexion?next=${REOPENED}`);
  showStep(await page.text(), page.url);
}
/** Show in the panel the form of a page of the sign-in; at its end, put the new token in every form and send again. */
function showStep(html, address) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (new URL(address).pathname === REOPENED) return reopened(page);
  const step = page.querySelector("form[data-panel]");
  if (!step) { location.assign(address); return; }
  step.action = address;
  const told = [...page.querySelectorAll("main [role=alert]")].filter((one) => !step.contains(one));
  sessionPanel.querySelector("[data-step]").replaceChildren(...told, step);
  if (!sessionPanel.open) sessionPanel.showModal();
  step.querySelector("input:not([type=hidden])")?.focus();
}
function reopened(page) {
  const headers = page.body.getAttribute("hx-headers");
  const token = JSON.parse(headers)["X-CSRFToken"];
  document.body.setAttribute("hx-headers", headers);
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  sessionPanel.close();
  document.getElementById("messages").replaceChildren();
  announce("Votre session est rouverte. Votre saisie est à l’écran.");
  if (!refused) return;
  const { verb, path, elt, target, formData } = refused;
  const values = Object.fromEntries([...formData].filter(([name]) => name !== "csrfmiddlewaretoken"));
  refused = null;
  htmx.ajax(verb, path, { source: elt, target, values });
}
sessionPanel?.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  showStep(await answer.text(), answer.url);
});

// The session may be opened in another tab: by ProConnect, a security key, a button of the demonstration.
window.addEventListener("focus", async () => {
  if (!sessionPanel?.open) return;
  const page = await fetch(REOPENED);
  if (new URL(page.url).pathname === REOPENED) reopened(new DOMParser().parseFromString(await page.text(), "text/html"));
});

document.querySelector("form[data-go]")?.requestSubmit(); // coming back from the provider of identity

// -- A page that came with errors starts at their summary --------------------------------------------------------------

document.querySelector("[data-focus]")?.focus();

// -- « / » goes to the search, unless one is typing --------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const fields = [...document.querySelectorAll("[data-search]")];
  const field = fields.findLast((one) => one.checkVisibility());
  event.preventDefault();
  if (!field) {
    document.querySelector("[data-search-page]")?.click();
    return;
  }
  field.focus();
  field.select();
});

// -- Countdown: the server's clock, never the reader's own -----------------------------------------------------------

for (const place of document.querySelectorAll("[data-countdown]")) {
  const end = Date.parse(place.dataset.countdown), shown = Date.parse(place.dataset.now), opened = performance.now(), woken = Date.now();
  const tick = () => {
    const gone = Math.max(performance.now() - opened, Date.now() - woken); // the first stops while a computer sleeps
    const left = Math.max(0, Math.floor((end - shown - gone) / 1000));
    const days = Math.floor(left / 86400), hours = Math.floor(left / 3600) % 24, minutes = Math.floor(left / 60) % 60;
    const two = (number) => String(number).padStart(2, "0");
    if (days >= 2) return; // the days written by the server are enough
    place.textContent = left ? `dans ${days * 24 + hours} h ${two(minutes)} min ${two(left % 60)} s` : "à l’instant : rechargez la page";
  };
  tick();
  setInterval(tick, 1000);
}

// -- Reading mode: the page alone on the screen -------------------------------------------------------------------------

const fullscreen = document.querySelector("[data-fullscreen]");
if (fullscreen && document.fullscreenEnabled) {
  fullscreen.hidden = false;
  fullscreen.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.getElementById("content").requestFullscreen();
  });
}
