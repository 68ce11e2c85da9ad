// Security keys: the browser speaks with the key, allauth's script carries the answer into the form.
"use strict";

const keyButton = document.getElementById("security-key");
if (keyButton) {
  const act = keyButton.dataset.securityKey;
  const ids = { data: "js_data", credential: keyButton.dataset.credential, [act]: keyButton.id };
  window.allauth.webauthn.forms[act === "add" ? "addForm" : "authenticateForm"]({ ids });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    failure("La clé n’a pas répondu, ou votre navigateur l’a refusée. Recommencez, ou servez-vous d’un code.");
  });
}
