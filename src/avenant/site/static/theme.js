// Read before the first paint: the theme that the person chose. Without a choice, the style sheet follows the system.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.bsTheme = chosen;
  } catch {
    // Storage is closed (private window): the system's theme it is.
  }
})();
