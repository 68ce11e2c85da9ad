// The entry form of a declaration. Without it the form still posts; with it nothing typed is lost, and Enter goes down.
"use strict";

const form = document.getElementById("entry");
const STORE = `typed:${form.dataset.keep}`;
const saveStatus = () => document.getElementById("saved-at");

// -- What is typed and not yet saved stays in this tab: an ended session or a broken network loses nothing ------------

function kept() {
  try { return JSON.parse(sessionStorage.getItem(STORE)) ?? {}; } catch { return {}; }
}
function keep(values) {
  try { sessionStorage.setItem(STORE, JSON.stringify(values)); } catch { /* a full store: the page still holds it */ }
  if (!Object.keys(values).length) delete form.dataset.changed;
}
function held(field) { return /^(checkbox|radio)$/.test(field.type) ? field.checked : field.value; }

document.addEventListener("input", (event) => {
  if (event.target.form === form && event.target.id) keep({ ...kept(), [event.target.id]: held(event.target) });
});

let restored = false;
const waiting = kept();
for (const [id, value] of Object.entries(waiting)) {
  const field = document.getElementById(id);
  if (!field || field.form !== form || held(field) === value) {
    delete waiting[id];
    continue;
  }
  if (typeof value === "boolean") field.checked = value; else field.value = value;
  for (const fold of [...document.querySelectorAll("details")].filter((one) => one.contains(field))) fold.open = true;
  field.closest(".av-entry, .av-free")?.setAttribute("data-restored", "");
  restored = true;
}
keep(waiting);
if (restored) {
  form.dataset.changed = "yes";
  const notice = document.getElementById("restored").content.cloneNode(true);
  document.getElementById("messages").append(notice);
  announce("Ce que vous aviez tapé sans l’enregistrer est de nouveau à l’écran.");
}

// -- Autosave: the bar says where the save is, and what is saved is forgotten here ------------------------------------

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.matches?.(".av-entry, .av-free")) return;
  saveStatus().textContent = "Enregistrement…";
  event.detail.xhr.sent = Object.fromEntries([...event.target.querySelectorAll("[form=entry][id]")].map((one) => [one.id, held(one)]));
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches?.(".av-entry, .av-free")) return;
  if (!event.detail.successful) {
    saveStatus().textContent = "Non enregistré. Votre saisie reste à l’écran : voyez le message en haut de la page.";
    return;
  }
  event.target.removeAttribute("data-restored");
  const values = kept();
  for (const [id, value] of Object.entries(event.detail.xhr.sent ?? {})) if (values[id] === value) delete values[id];
  keep(values);
});

// -- Enter goes to the next field, as in a spreadsheet; Shift+Enter goes back -----------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.target.form !== form || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  const fields = [...document.querySelectorAll("input.form-control[form=entry]")].filter((one) => !one.closest("details:not([open])"));
  fields[fields.indexOf(event.target) + (event.shiftKey ? -1 : 1)]?.focus();
});
