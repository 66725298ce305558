/* Input to questions, answers to results. */
(() => {
  const MODEL = { path: "/v1/model" };
  const PREDICT = "/v1/predict?details=true";
  const find = id => document.getElementById(id);
  const side = () => model.features.width; /* of a picture; absent for other networks */
  let model = null;
  let strokes = [];

  const client = questions({
    answered: said => said.predictions ? show(said) : become(said),
    failed: results.tell,
    busy: isBusy => find("results").setAttribute("aria-busy", isBusy),
  });

  function showMistakes(mistakes) {
    find("mistake-list").replaceChildren();
    if (!mistakes) return;
    find("mistakes").hidden = false;
    for (const { row, label, prediction, levels } of mistakes) {
      const item = results.make("li", find("mistake-list"));
      if (levels) {
        const canvas = results.make("canvas", item);
        canvas.width = canvas.height = side();
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `Picture of row ${row}`);
        results.showLevels(canvas, levels);
      }
      results.make("span", item, `${label}, read as ${prediction}`);
      results.make("span", item, `row ${row}`).className = "soft";
    }
  }

  function show({ checkpoint, predictions: [said] }) {
    if (checkpoint.step !== model.checkpoint.step) return client.ask(MODEL);
    results.tell("");
    if (said.input) results.showSeen(said.input.width, said.input.levels);
    results.show({
      probabilities: said.probabilities,
      best: model.classes.indexOf(said.prediction),
      hidden: said.hidden,
    });
    showMistakes(said.nearest_mistakes);
  }

  function showNothing() {
    client.drop();
    results.tell("");
    if (side()) results.showSeen(side(), null);
    results.show(null);
    showMistakes(null);
  }

  function askRow(values) {
    if (values) {
      const row = values.map(value => Number.isNaN(value) ? null : value);
      client.ask({ path: PREDICT, type: "application/json", body: () => JSON.stringify({ rows: [row] }) });
    } else {
      showNothing();
    }
  }

  function askDrawing(drawn) {
    strokes = drawn;
    if (strokes.length === 0) return showNothing();
    const png = () => new Promise(done => ink.sheet(strokes).toBlob(done, "image/png"));
    client.ask({ path: PREDICT + "&ink=light", type: "image/png", body: png });
  }

  /* The page of a network; another one than before starts it anew. */
  function become(now) {
    const form = ({ classes, features, layers }) => JSON.stringify([classes, features, layers]);
    if (model && form(model) !== form(now)) return location.reload();
    const isFirst = model === null;
    model = now;
    describe();
    results.tell("");
    if (isFirst) start(); else if (strokes.length > 0) askDrawing(strokes);
  }

  function describe() {
    document.title = find("name").textContent = model.name;
    find("about").textContent = `${model.layers.join("–")} ${model.activation}, weights of step ${model.checkpoint.step}`;
  }

  function start() {
    find("results").before(find(side() ? "drawing" : "form").content);
    results.build(model.classes, model.layers.slice(1, -1));
    const fill = model.fill ?? null;
    const input = side()
      ? drawingPad(askDrawing, results.hold)
      : fieldsFor({ features: model.features.names, fill }, askRow);
    pasteBox(model.layers[0], fill, (values, problem) => {
      if (values) input.clear();
      strokes = [];
      askRow(values);
      results.tell(problem);
    });
    showNothing();
  }

  client.ask(MODEL);
})();
