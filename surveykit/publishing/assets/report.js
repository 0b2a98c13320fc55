"use strict";
(() => {
  const root = document.documentElement;
  const buttons = [...document.querySelectorAll("button[data-language]")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const language = button.dataset.language;
      root.dataset.show = language;
      root.lang = language;
      const title = document.querySelector(`h1 .l-${language}`);
      if (title) document.title = title.textContent;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }

  const value = (row, place) => {
    const cell = row.cells[place];
    if (!cell) return null;
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return place === 0 ? cell.textContent.trim() : null;
  };
  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === "number" ? a - b : a.localeCompare(b, root.lang);
  };
  // Totals, nets and bases keep their places below the rows that are sorted.
  const fixed = "sk-group sk-total sk-net sk-mean sk-median sk-base".split(" ");
  const sort = (table, place, head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    for (const body of table.tBodies) {
      let run = [];
      const flush = (before) => {
        run.sort((a, b) => (down ? -1 : 1) * compare(value(a[0], place), value(b[0], place)));
        for (const row of run.flat()) body.insertBefore(row, before);
        run = [];
      };
      for (const row of [...body.rows]) {
        if (fixed.some((name) => row.classList.contains(name))) flush(row);
        // What stands below a row goes where it goes.
        else if (row.classList.contains("sk-statistic") && run.length) run[run.length - 1].push(row);
        else run.push([row]);
      }
      flush(null);
    }
  };
  for (const table of document.querySelectorAll(".sk-table table:not(.words)")) {
    const rows = table.tHead ? table.tHead.rows : [];
    if (!rows.length) continue;
    [...rows[rows.length - 1].cells].forEach((head, place) => {
      if (head.tagName !== "TH" || !head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, place, head));
    });
  }

  // What a number rests on, for keyboard and touch; a pointer sees the same as a tooltip.
  const line = document.createElement("p");
  line.id = "about-number";
  line.setAttribute("role", "status");
  document.body.append(line);
  const complete = (about) => {
    if (about.dataset.complete || !about.matches("td[title]")) return;
    about.dataset.complete = "true";
    const asked = about.closest("table")?.caption?.querySelector(".sk-subtitle")?.textContent;
    if (asked && !about.title.includes(asked)) about.title = `${about.title}; ${asked}`;
  };
  const tell = (event) => {
    const about = event.target.closest("td[title], data[title]");
    if (about) complete(about);
    line.textContent = about ? about.title : "";
  };
  document.addEventListener("pointerover", (event) => {
    const about = event.target.closest?.("td[title]");
    if (about) complete(about);
  });
  document.addEventListener("focusin", tell);
  document.addEventListener("click", tell);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") line.textContent = ""; });

  // A table wider than the screen can be reached and scrolled by keyboard; others are no stop on the way.
  const reach = (entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth + 1;
      if (wide) {
        target.tabIndex = 0;
        target.setAttribute("role", "region");
        target.setAttribute("aria-label", target.querySelector("caption")?.textContent ?? target.querySelector("img")?.alt ?? "");
      } else {
        target.removeAttribute("tabindex");
        target.removeAttribute("role");
        target.removeAttribute("aria-label");
      }
    }
  };
  const watched = new ResizeObserver(reach);
  for (const part of document.querySelectorAll(".sk-table, .picture")) watched.observe(part);

  // Paper shows everything.
  const folded = [...document.querySelectorAll("details:not([open])")];
  window.addEventListener("beforeprint", () => { for (const one of folded) one.open = true; });
  window.addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
})();
