// Optional: sort a table by a heading, filter a long one, choose light or dark. Without it the page is whole.
(() => {
  "use strict";
  const root = document.documentElement;
  const words = document.body.dataset;
  const stored = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  if (stored === "light" || stored === "dark") root.dataset.theme = stored;

  const toggle = document.querySelector(".theme");
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* a page from a file may not remember */ }
    });
  }

  const figure = (text) => {
    const plain = text.replace(/[^\d.\-−]/g, "").replace("−", "-");
    return plain === "" || plain === "-" ? null : Number(plain);
  };
  const compare = (a, b, numeric) => {
    if (!numeric) return a.localeCompare(b, root.lang);
    const [x, y] = [figure(a), figure(b)];
    return x === null ? (y === null ? 0 : 1) : y === null ? -1 : x - y;
  };

  for (const table of document.querySelectorAll("table.crm")) {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 4) continue;
    const original = [...body.rows];
    table.querySelectorAll("thead th").forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = words.sort;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const was = head.getAttribute("aria-sort");
        const now = was === "descending" ? "ascending" : was === "ascending" ? null : "descending";
        for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
        if (now) head.setAttribute("aria-sort", now);
        const numeric = head.classList.contains("number");
        const value = (row) => row.cells[column].textContent;
        const blank = (row) => numeric && figure(value(row)) === null;
        const sorted = now === null ? original : [...original].sort((a, b) =>
          blank(a) - blank(b) || compare(value(a), value(b), numeric) * (now === "ascending" ? 1 : -1));
        body.append(...sorted);
      });
    });
    if (original.length < 12) continue;
    const field = document.createElement("input");
    field.type = "search";
    field.className = "filter";
    field.placeholder = words.filter;
    field.setAttribute("aria-label", words.filter);
    field.addEventListener("input", () => {
      const sought = field.value.toLocaleLowerCase();
      for (const row of original) row.hidden = !row.textContent.toLocaleLowerCase().includes(sought);
    });
    table.parentElement.before(field);
  }
})();
