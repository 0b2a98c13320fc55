"use strict";
// The page: reads what is ticked and typed, asks route() and marks what would be asked. Nothing leaves the page.
(() => {
  const instrument = JSON.parse(document.getElementById("instrument").textContent);
  const inputs = [...document.querySelectorAll("[data-column]")];
  const body = document.body;

  function answers() {
    const found = {};
    for (const input of inputs) {
      const name = input.dataset.column, kind = instrument.columns[name].kind;
      if (input.type === "radio") { if (input.checked) found[name] = Number(input.value); }
      else if (input.type === "checkbox") { if (input.checked) found[name] = 1; }
      else if (kind === "text" || kind === "date") { if (input.value) found[name] = input.value; }
      else if (input.value !== "") found[name] = Number(input.value);
    }
    return found;
  }

  function exclude(changed) {
    // An exclusive box clears the others of its question, and any other box clears it.
    if (changed.type !== "checkbox" || !changed.checked || !changed.dataset.column) return;
    const group = changed.closest("[data-choices]");
    for (const other of group ? group.querySelectorAll("input[type=checkbox]") : []) {
      if (other !== changed && (changed.dataset.exclusive || other.dataset.exclusive)) other.checked = false;
    }
  }

  function update() {
    const state = route(instrument, answers());
    let asked = 0, total = 0;
    for (const article of document.querySelectorAll("[data-question]")) {
      const on = state.shown[article.dataset.question] === true;
      article.classList.toggle("off", !on);
      total += 1; asked += on ? 1 : 0;
    }
    for (const part of document.querySelectorAll("[data-item]")) part.classList.toggle("off", !state.items[part.dataset.item]);
    document.getElementById("asked").textContent = `${asked} / ${total}`;
    for (const rule of document.querySelectorAll("[data-rule]")) rule.hidden = !state.broken.includes(rule.dataset.rule);
    document.getElementById("ended").hidden = state.ended === "";
    const table = document.getElementById("codes");
    table.replaceChildren();
    for (const [name, code] of [...Object.entries(state.codes), ...Object.entries(state.derived)]) {
      if (code === undefined || code === null || code === "") continue;
      const row = table.insertRow();
      row.insertCell().textContent = name;
      row.insertCell().textContent = String(Math.round(code * 1e6) / 1e6 || code);
      if (code < 0) row.className = "missing";
    }
  }

  document.addEventListener("change", (event) => { exclude(event.target); update(); });
  document.addEventListener("input", (event) => { if (event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea")) update(); });
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      body.dataset.shown = button.dataset.language;
      for (const other of document.querySelectorAll("[data-language]")) other.setAttribute("aria-pressed", String(other === button));
    });
  }
  for (const box of document.querySelectorAll("[data-toggle]")) {
    box.addEventListener("change", () => body.classList.toggle(box.dataset.toggle, box.checked));
  }
  document.getElementById("print").addEventListener("click", () => window.print());
  document.getElementById("reset").addEventListener("click", () => { document.getElementById("form").reset(); update(); });
  update();
})();
