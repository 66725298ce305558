/* Values of a row: a field for each feature, and all of them as one text. `features` has their names; `kinds` what they
   are, numbers if absent; `fill` replaces each missing value; null if none may be missing, but for columns of which some
   are no numbers. */

const hasText = kinds => Boolean(kinds) && kinds.some(kind => kind !== "number");

/* One field for each feature. `changed` receives the values, NaN for a missing one; null if too many are missing. */
function fieldsFor({ features, fill, kinds }, changed) {
  const HINTS = { boolean: "true or false", category: "text", date: "2024-03-15, or with a time" };
  const isNumber = column => !kinds || kinds[column] === "number";
  const mayMiss = fill || hasText(kinds);
  const form = document.getElementById("fields");
  const fields = features.map((name, column) => {
    const label = form.appendChild(document.createElement("label"));
    label.textContent = name;
    const field = label.appendChild(document.createElement("input"));
    if (isNumber(column)) {
      field.type = "number";
      field.step = "any";
      field.inputMode = "decimal";
    } else {
      field.type = "text";
      field.placeholder = HINTS[kinds[column]];
    }
    field.autocomplete = "off";
    if (fill) field.placeholder = "missing: " + Number(fill[column].toPrecision(4));
    return field;
  });
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", () => {
    const read = (field, column) => field.value === "" ? NaN : isNumber(column) ? Number(field.value) : field.value;
    const values = fields.map(read);
    const isComplete = mayMiss ? values.some(value => !Number.isNaN(value)) : !values.some(Number.isNaN);
    changed(isComplete ? values : null);
  });
  const clear = () => fields.forEach(field => { field.value = ""; });
  document.getElementById("clear").addEventListener("click", () => {
    clear();
    changed(null);
  });
  return { clear };
}

/* All values as one text. `given` receives the values, or the reason why there are none. */
function pasteBox(count, fill, given, kinds) {
  const isNumber = column => !kinds || kinds[column] === "number";
  /* An empty cell is a value that is missing. */
  function parse(text) {
    const cells = text.trim().split(hasText(kinds) ? /\s*[,;\t]\s*/ : /\s*[,;]\s*|\s+/);
    const values = cells.map((cell, column) => cell === "" ? NaN : isNumber(column) ? Number(cell) : cell);
    const wrong = cells.findIndex((cell, index) => cell !== "" && isNumber(index) && !Number.isFinite(values[index]));
    if (cells.length !== count) {
      const hint = cells.length === count + 1 ? " Is its label among them?" : "";
      return `${count} values are expected, there are ${text.trim() === "" ? 0 : cells.length}.${hint}`;
    }
    if (wrong >= 0) return `Value ${wrong + 1} is not a number: ${cells[wrong].slice(0, 20)}`;
    if (!fill && !hasText(kinds) && values.some(Number.isNaN)) return `Value ${values.findIndex(Number.isNaN) + 1} is missing.`;
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
