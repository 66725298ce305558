"use strict";
// Makes the cells of the confusion matrices show their rows. Everything else reads without it.
(() => {
  document.documentElement.classList.add("has-script");

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const number = (value) => value.toLocaleString("en-US");
  const percent = (share) => `${(100 * share).toFixed(2)} %`;
  const read = (split) => {
    const data = document.querySelector(`script.examples[data-split="${split}"]`);
    return data ? JSON.parse(data.textContent) : null;
  };

  const picture = (split, examples, position) => {
    const tile = element("span", { className: `tile tile-${split}` });
    tile.setAttribute("role", "img");
    tile.setAttribute("aria-label", `row ${examples.rows[position][0]}`);
    const left = (position % examples.across) * examples.edge;
    const top = Math.floor(position / examples.across) * examples.edge;
    tile.style.backgroundPosition = `-${left}px -${top}px`;
    return tile;
  };
  const pictures = (split, examples, positions) => {
    const items = positions.map((position) => {
      const [row, , , confidence] = examples.rows[position];
      return element("li", {}, picture(split, examples, position),
        element("span", { textContent: percent(confidence) }),
        element("span", { className: "soft", textContent: `row ${row}` }));
    });
    return element("ul", { className: "tiles" }, ...items);
  };
  const table = (examples, positions) => {
    const cells = (name, texts) => texts.map((text, column) =>
      element(column === 0 ? "th" : name, { textContent: text, className: name === "td" && column > 0 ? "number" : "" }));
    const head = element("tr", {}, ...cells("th", ["row", "confidence", ...examples.features]));
    const lines = positions.map((position) => {
      const [row, , , confidence] = examples.rows[position];
      return element("tr", {}, ...cells("td", [row, percent(confidence), ...examples.values[position]]));
    });
    const made = element("table", { className: "grid" },
      element("thead", {}, head), element("tbody", {}, ...lines));
    return element("div", { className: "scroll" }, made);
  };

  const show = (panel, split, examples, cell) => {
    const { label, prediction, count } = cell.dataset;
    const positions = [];
    examples.rows.forEach((row, position) => {
      if (row[1] === Number(label) && row[2] === Number(prediction)) positions.push(position);
    });
    positions.sort((a, b) => examples.rows[b][3] - examples.rows[a][3]);
    const names = `true ${examples.classes[label]}, predicted ${examples.classes[prediction]}`;
    const rows = `${number(Number(count))} row${count === "1" ? "" : "s"}`;
    const some = positions.length < Number(count) ? `, ${number(positions.length)} of them kept to be shown` : "";
    panel.replaceChildren(element("h4", { textContent: `${names}: ${rows}${some}` }));
    if (positions.length > 0) {
      panel.append(examples.edge ? pictures(split, examples, positions) : table(examples, positions));
    }
    panel.hidden = false;
  };

  for (const matrix of document.querySelectorAll("details.matrix")) {
    const split = matrix.dataset.split;
    const examples = read(split);
    if (!examples) {
      matrix.querySelector("p.scripted")?.remove();
      continue;
    }
    const panel = matrix.querySelector(".panel");
    const lines = [...matrix.querySelectorAll(".confusion tbody tr")].map((line) => [...line.querySelectorAll("td")]);
    const buttons = [];
    const choose = (button) => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      if (button) show(panel, split, examples, button.parentElement);
      else panel.hidden = true;
    };
    // One stop for the Tab key; arrow keys move within, over empty cells.
    const focus = (button) => {
      for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
      button.focus();
    };
    const next = (line, column, down, right) => {
      for (;;) {
        line += down;
        column += right;
        const cell = lines[line]?.[column];
        if (!cell) return null;
        if (cell.firstElementChild) return cell.firstElementChild;
      }
    };
    const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
    lines.forEach((cells, line) => cells.forEach((cell, column) => {
      const { label, prediction, count } = cell.dataset;
      if (count === "0") return;
      const button = element("button", { type: "button", tabIndex: buttons.length ? -1 : 0, textContent: cell.textContent });
      button.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-label",
        `true ${examples.classes[label]}, predicted ${examples.classes[prediction]}: ${count} rows`);
      button.addEventListener("click", () => {
        focus(button);
        choose(button.getAttribute("aria-pressed") === "true" ? null : button);
      });
      button.addEventListener("keydown", (event) => {
        if (event.key === "Escape") choose(null);
        const move = moves[event.key];
        const target = move && next(line, column, ...move);
        if (target) focus(target);
        if (move) event.preventDefault();
      });
      cell.replaceChildren(button);
      buttons.push(button);
    }));
  }

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
