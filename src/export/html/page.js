/* Input by pen, by form and as text; the results. */
(() => {
  const { about } = network;
  const find = id => document.getElementById(id);
  const percent = share => (100 * share).toFixed(1) + " %";

  const make = (name, parent, text) => {
    const element = parent.appendChild(document.createElement(name));
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const rows = about.classes.map(name => {
    const row = make("tr", find("bars"));
    make("th", row, name).scope = "row";
    const bar = make("div", make("td", row));
    bar.className = "bar";
    return { row, bar, share: make("td", row, "–") };
  });

  function showProbabilities(result) {
    rows.forEach(({ row, bar, share }, index) => {
      const probability = result ? result.probabilities[index] : 0;
      bar.style.width = 100 * probability + "%";
      share.textContent = result ? percent(probability) : "–";
      row.classList.toggle("best", Boolean(result) && result.best === index);
    });
    find("answer").textContent = result ? `${about.classes[result.best]} (${percent(result.probabilities[result.best])})` : "–";
  }

  /* Blue below zero, white at zero, orange above. */
  function colour(value) {
    const end = value < 0 ? [11, 79, 156] : [194, 78, 0];
    const share = Math.min(Math.abs(value), 1);
    return end.map(channel => Math.round(255 + (channel - 255) * share));
  }

  const maps = about.sizes.slice(1, -1).map((units, index) => {
    find("layers").hidden = false;
    make("p", find("hidden"), `Layer ${index + 1}: ${units} units`).className = "soft";
    const canvas = make("canvas", find("hidden"));
    canvas.className = "unit-map";
    canvas.width = Math.min(units, 32);
    canvas.height = Math.ceil(units / canvas.width);
    canvas.style.width = 12 * canvas.width + "px";
    canvas.setAttribute("role", "img");
    return canvas;
  });

  function showHidden(result) {
    maps.forEach((canvas, layer) => {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      const values = result ? Array.from(result.hidden[layer]) : [];
      const largest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9);
      values.forEach((value, unit) => {
        context.fillStyle = `rgb(${colour(value / largest).join()})`;
        context.fillRect(unit % canvas.width, Math.floor(unit / canvas.width), 1, 1);
      });
      const said = result ? `${values.length} activations, the largest ${largest.toFixed(2)} from zero` : "no activations yet";
      canvas.setAttribute("aria-label", said);
    });
  }

  function showSeen(values) {
    const canvas = find("seen");
    if (!canvas) return;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, 28, 28);
    if (!values) return;
    const pixels = context.createImageData(28, 28);
    values.forEach((value, index) => {
      const grey = 255 * value / about.ink;
      pixels.data.set([grey, grey, grey, 255], 4 * index);
    });
    context.putImageData(pixels, 0, 0);
  }

  function show(values) {
    const result = values && network.predict(values);
    showSeen(values);
    showProbabilities(result);
    showHidden(result);
    find("problem").textContent = "";
  }

  /* Numbers, or the reason why they are none. An empty cell is a value that is missing. */
  function parse(text) {
    const cells = text.trim().split(/\s*[,;]\s*|\s+/);
    const values = cells.map(cell => cell === "" ? NaN : Number(cell));
    const wrong = cells.findIndex((cell, index) => cell !== "" && !Number.isFinite(values[index]));
    if (cells.length !== network.features) return `${network.features} values are expected, there are ${text.trim() === "" ? 0 : cells.length}.`;
    if (wrong >= 0) return `Value ${wrong + 1} is not a number: ${cells[wrong].slice(0, 20)}`;
    if (!about.fill && values.some(Number.isNaN)) return `Value ${values.findIndex(Number.isNaN) + 1} is missing.`;
    return values;
  }

  let clearInput; /* set by the way of input */
  find("paste").querySelector("label").textContent = `${network.features} values as a data file has them, in its order, with commas or spaces between`;
  find("paste").addEventListener("submit", event => {
    event.preventDefault();
    const values = parse(find("numbers").value);
    if (typeof values === "string") {
      show(null);
      find("problem").textContent = values;
      return;
    }
    clearInput();
    show(values);
  });
  find("clear").addEventListener("click", () => {
    clearInput();
    show(null);
  });

  function drawing() {
    const pad = find("pad");
    const context = pad.getContext("2d");
    let strokes = [];
    let pending = false;
    const paint = () => {
      context.clearRect(0, 0, pad.width, pad.height);
      digit.pen(context, 20);
      digit.path(context, strokes, point => point);
    };
    const update = () => {
      if (pending) return;
      pending = true;
      requestAnimationFrame(() => {
        pending = false;
        paint();
        const image = digit.image(strokes);
        show(image && image.map(grey => grey / 255 * about.ink));
      });
    };
    const add = event => {
      const box = pad.getBoundingClientRect();
      const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const { clientX, clientY } of moves.length ? moves : [event]) {
        strokes.at(-1).push([(clientX - box.left) * pad.width / box.width, (clientY - box.top) * pad.height / box.height]);
      }
      update();
    };
    let active = null; /* of several fingers the first draws */
    pad.addEventListener("pointerdown", event => {
      if (active !== null || event.button !== 0) return;
      active = event.pointerId;
      find("answer").setAttribute("aria-busy", "true"); /* read out when the pen is lifted, not with every move */
      pad.setPointerCapture(active);
      strokes.push([]);
      add(event);
    });
    pad.addEventListener("pointermove", event => {
      if (event.pointerId === active) add(event);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      pad.addEventListener(end, event => {
        if (event.pointerId !== active) return;
        active = null;
        find("answer").removeAttribute("aria-busy");
      });
    }
    clearInput = () => {
      strokes = [];
      active = null;
      find("answer").removeAttribute("aria-busy");
      paint();
    };
  }

  function form() {
    const fields = about.features.map((name, column) => {
      const label = make("label", find("fields"), name);
      const field = make("input", label);
      field.type = "number";
      field.step = "any";
      field.inputMode = "decimal";
      field.autocomplete = "off";
      if (about.fill) field.placeholder = "missing: " + Number(about.fill[column].toPrecision(4));
      return field;
    });
    find("fields").addEventListener("submit", event => event.preventDefault());
    find("fields").addEventListener("input", () => {
      const values = fields.map(field => field.value === "" ? NaN : Number(field.value));
      const isComplete = about.fill ? values.some(value => !Number.isNaN(value)) : !values.some(Number.isNaN);
      show(isComplete ? values : null);
    });
    clearInput = () => fields.forEach(field => { field.value = ""; });
  }

  if (about.features) form(); else drawing();
  show(null);
})();
