/* Values of a row: a field for each column, and all of them as one text. A column is { name, kind, categories, rare,
   may_miss, omitted, has_time, minimum, maximum, typical }; a value is a number, a boolean, a text, or NaN if it is missing. */

/* One field for each column, filled with typical values. `changed` receives the values; null if one is missing that may
   not be. */
function fieldsFor(columns, changed) {
  const form = document.getElementById("fields");
  const plain = number => Number(number.toPrecision(12));

  /* Returns the element for a column's value, and how to read and write it. */
  function control({ kind, categories = [], rare = [], may_miss: mayMiss, has_time: hasTime }) {
    if (kind === "number" || kind === "date") {
      const input = document.createElement("input");
      input.type = kind === "number" ? "number" : hasTime ? "datetime-local" : "date";
      if (kind === "number") Object.assign(input, { step: "any", inputMode: "decimal" });
      input.autocomplete = "off";
      input.required = !mayMiss;
      if (mayMiss) input.placeholder = "missing";
      const digits = hasTime ? 16 : 10;
      const written = value => kind === "number" ? plain(value)
        : (value.length > 10 || !hasTime ? value : value + "T00:00").replace(" ", "T").slice(0, digits);
      return {
        element: input,
        read: () => input.value === "" ? NaN : kind === "number" ? Number(input.value) : input.value,
        write: value => { input.value = Number.isNaN(value) ? "" : written(value); },
      };
    }
    const values = kind === "boolean" ? [false, true] : [...categories, ...rare];
    const select = document.createElement("select");
    const names = kind === "boolean" ? ["no", "yes"] : values;
    select.append(new Option("none", ""), ...names.map((name, index) => new Option(name, index)));
    return {
      element: select,
      read: () => select.value === "" ? NaN : values[select.value],
      write: value => { select.value = values.includes(value) ? values.indexOf(value) : ""; },
    };
  }

  const isMissing = value => typeof value === "number" && Number.isNaN(value);
  const shown = value => typeof value === "number" ? plain(value).toLocaleString("en", { maximumFractionDigits: 6 }) : value;
  const fields = columns.map((column, number) => {
    const { element, read, write } = control(column);
    const block = results.make("div", form);
    block.hidden = Boolean(column.omitted);
    const label = results.make("label", block, column.name);
    label.htmlFor = element.id = `field-${number}`;
    block.append(element);
    const range = results.make("p", block);
    range.id = `range-${number}`;
    element.setAttribute("aria-describedby", range.id);
    const { minimum, maximum } = column;
    const about = minimum === undefined ? "" : `${shown(minimum)} to ${shown(maximum)}`;
    /* A day is after the beginning of its last one. */
    const isOutside = value => !isMissing(value) && (value < minimum || value > maximum && !String(maximum).startsWith(value));
    function check() {
      const isFar = minimum !== undefined && isOutside(read());
      range.classList.toggle("outside", isFar);
      range.textContent = isFar ? `outside the training rows: ${about}` : about;
    }
    return { read, write, check, column };
  });

  function update() {
    const values = fields.map(({ read }) => read());
    fields.forEach(({ check }) => check());
    const isComplete = values.every((value, index) => columns[index].may_miss || !isMissing(value));
    changed(isComplete ? values : null);
  }

  /* Writes values without calling `changed`. */
  function set(values) {
    fields.forEach(({ write, check }, index) => {
      write(values[index]);
      check();
    });
  }

  function reset() {
    set(columns.map(({ typical }) => typical ?? NaN));
    update();
  }

  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", update);
  document.getElementById("clear").addEventListener("click", reset);
  return { set, reset };
}

/* All `count` values as one text; `columns` are absent if all are numbers. `given` receives the values, or the reason why
   there are none. */
function pasteBox(count, columns, given) {
  const kindOf = index => columns ? columns[index].kind : "number";
  const hasText = columns ? columns.some(({ kind }) => kind !== "number") : false;
  const WORDS = { boolean: /^(?:(true|yes|y|t|on|1(?:\.0)?)|false|no|n|f|off|0(?:\.0)?)$/i };

  /* Returns the value of a cell, NaN for an empty one; undefined if it is none of its column. */
  function value(cell, index) {
    if (cell === "") return NaN;
    if (kindOf(index) === "number") return Number.isFinite(Number(cell)) ? Number(cell) : undefined;
    if (kindOf(index) !== "boolean") return cell;
    const word = WORDS.boolean.exec(cell);
    return word ? word[1] !== undefined : undefined;
  }

  function parse(text) {
    const cells = text.trim().split(hasText ? /\s*[,;\t]\s*/ : /\s*[,;]\s*|\s+/);
    if (cells.length !== count) {
      const hint = cells.length === count + 1 ? " Is its label among them?" : "";
      return `${count} values are expected, there are ${text.trim() === "" ? 0 : cells.length}.${hint}`;
    }
    const values = cells.map(value);
    const wrong = values.indexOf(undefined);
    const kind = wrong >= 0 && kindOf(wrong);
    if (wrong >= 0) return `Value ${wrong + 1} is not a ${kind}: ${cells[wrong].slice(0, 20)}`;
    const missing = cells.findIndex((cell, index) => cell === "" && !(columns && columns[index].may_miss));
    if (missing >= 0) return `Value ${missing + 1} is missing.`;
    return values;
  }

  const form = document.getElementById("paste");
  form.querySelector("label").textContent = `${count} values as a data file has them, in its order, with commas or spaces between`;
  form.addEventListener("submit", event => {
    event.preventDefault();
    const values = parse(document.getElementById("numbers").value);
    if (typeof values === "string") given(null, values); else given(values, "");
    document.getElementById("results").scrollIntoView({ block: "nearest" });
  });
}
