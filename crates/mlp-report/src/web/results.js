/* The results: class, probabilities, input as the network sees it, hidden layers. */
const results = (() => {
  const CELL = 16, GAP = 2, ACROSS = 32, SHARP = 2; /* squares of the hidden units, in CSS pixels */
  const PAUSE = 700; /* milliseconds without changes before a result is read out */
  const LONG = 3; /* longer class names are shown in smaller letters */
  const find = id => document.getElementById(id);
  const percent = (share, digits = 1) => (100 * share).toFixed(digits) + "\u00a0%";
  const shown = value => value.toLocaleString("en", { maximumSignificantDigits: 6 });
  let classes = [];
  let rows = [];
  let maps = [];
  let last = null;
  let isHeld = false;
  let timer;

  const make = (name, parent, text) => {
    const element = parent.appendChild(document.createElement(name));
    if (text !== undefined) element.textContent = text;
    return element;
  };

  /* Builds the elements for the results of a network: `names` of its classes, none if it predicts a number; `units` of
     its hidden layers. */
  function build(names, units) {
    classes = names;
    find("bars").replaceChildren();
    find("bars").parentElement.hidden = names.length === 0;
    find("hidden").replaceChildren();
    find("layers").hidden = units.length === 0;
    rows = classes.map(name => {
      const row = make("tr", find("bars"));
      const head = make("th", row, name);
      head.scope = "row";
      head.title = name;
      const track = make("div", make("td", row));
      track.className = "track";
      const bar = make("div", track);
      bar.className = "bar";
      return { row, bar, share: make("td", row) };
    });
    maps = units.map((count, index) => {
      make("p", find("hidden"), `Layer ${index + 1}: ${count} units`).className = "soft";
      const canvas = make("canvas", find("hidden"));
      canvas.className = "unit-map";
      canvas.setAttribute("role", "img");
      const columns = Math.min(count, ACROSS);
      canvas.width = SHARP * (columns * CELL - GAP);
      canvas.height = SHARP * (Math.ceil(count / columns) * CELL - GAP);
      canvas.style.width = columns * CELL - GAP + "px";
      return { canvas, count };
    });
    show(null);
  }

  const nameOf = result => classes.length > 0 ? classes[result.best] : shown(result.value);

  function showProbabilities(result) {
    rows.forEach(({ row, bar, share }, index) => {
      const probability = result ? result.probabilities[index] : 0;
      bar.style.width = 100 * probability + "%";
      share.textContent = result ? percent(probability) : "–";
      row.classList.toggle("best", result !== null && result.best === index);
    });
    const name = result ? nameOf(result) : "–";
    const [answer, confidence] = find("answer").children;
    answer.textContent = name;
    confidence.textContent = result && classes.length > 0 ? " " + percent(result.probabilities[result.best]) : "";
    find("answer").classList.toggle("long", name.length > LONG);
  }

  function showHidden(result) {
    const colours = getComputedStyle(document.documentElement);
    const [below, zero, above] = ["--link", "--line", "--wrong"].map(name => colours.getPropertyValue(name));
    maps.forEach(({ canvas, count }, layer) => {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      const values = result ? result.hidden[layer] : new Array(count).fill(0);
      const largest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9);
      values.forEach((value, unit) => {
        const place = [unit % ACROSS, Math.floor(unit / ACROSS)].map(at => SHARP * CELL * at);
        context.beginPath();
        context.roundRect(...place, SHARP * (CELL - GAP), SHARP * (CELL - GAP), SHARP * 3);
        context.globalAlpha = 0.5;
        context.fillStyle = zero;
        context.fill();
        context.globalAlpha = Math.abs(value) / largest;
        context.fillStyle = value < 0 ? below : above;
        context.fill();
      });
      const said = result ? `${count} activations, the largest ${largest.toFixed(2)} from zero` : "no activations yet";
      canvas.setAttribute("aria-label", said);
    });
  }

  /* Draws grey levels, 0 to 255, row by row, on a canvas with that number of pixels. */
  function showLevels(canvas, levels) {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!levels) return;
    const pixels = context.createImageData(canvas.width, canvas.height);
    levels.forEach((grey, index) => pixels.data.set([grey, grey, grey, 255], 4 * index));
    context.putImageData(pixels, 0, 0);
  }

  /* Shows the picture that the network was given, `side` pixels wide; `levels` is null if there is none. */
  function showSeen(side, levels) {
    const canvas = find("seen");
    find("sight").hidden = false;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    canvas.setAttribute("aria-label", levels ? `The ${side}×${side} pixels that the network was given` : "nothing yet");
    showLevels(canvas, levels);
  }

  /* Reads the result out when nothing has changed for a while, not with every move of the pen. */
  function readOut() {
    clearTimeout(timer);
    if (isHeld) return;
    timer = setTimeout(() => {
      const confidence = last && classes.length > 0 ? `, ${percent(last.probabilities[last.best])}` : "";
      find("said").textContent = last ? nameOf(last) + confidence : "";
    }, PAUSE);
  }

  /* Shows a result, { probabilities, best, hidden } of classes or { value, hidden } of a number, or null for none. */
  function show(result) {
    last = result;
    find("results").classList.remove("stale");
    showProbabilities(result);
    showHidden(result);
    readOut();
  }

  function hold(isBusy) {
    isHeld = isBusy;
    readOut();
  }

  /* Shows a problem, empty for none, and marks the results as outdated. */
  function tell(problem) {
    if (find("problem").textContent !== problem) find("problem").textContent = problem;
    find("results").classList.toggle("stale", problem !== "" && last !== null);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => showHidden(last));
  return { build, show, showSeen, showLevels, hold, tell, make, percent, shown };
})();
