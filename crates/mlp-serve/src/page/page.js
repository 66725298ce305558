/* From input to requests, from responses to results. */
(() => {
  const MODEL = { path: "/v1/model" };
  const PREDICT = "/v1/predict?details=true";
  const find = id => document.getElementById(id);
  const side = () => model.features.picture?.width; /* in pixels; absent if features are not pixels */
  let model = null;
  let asked = null; /* the latest request for a prediction */

  const client = questions({
    answered: (said, question) => said.predictions ? show(said) : become(said, question.after),
    refused: (why, question) => {
      results.tell(why);
      if (question.body) client.ask({ ...MODEL, after: why }); /* perhaps another network is served by now */
    },
    failed: results.tell,
    busy: isBusy => find("results").setAttribute("aria-busy", isBusy),
  });

  function showMistakes(mistakes) {
    find("mistake-list").replaceChildren();
    find("mistakes").hidden = !mistakes;
    if (!mistakes) return;
    for (const { split, row, label, prediction, levels } of mistakes) {
      const item = results.make("li", find("mistake-list"));
      if (levels) {
        const canvas = results.make("canvas", item);
        canvas.width = canvas.height = side();
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `Picture of ${split} row ${row}`);
        results.showLevels(canvas, levels);
      }
      results.make("span", item, `${label}, taken for ${prediction}`);
      results.make("span", item, `${split} row ${row}`).className = "soft";
    }
  }

  /* Returns whether a response is of another network than the page: the server may load a newer one at any time. */
  const isOther = ({ run, checkpoint }) => run !== model.run || checkpoint.step !== model.checkpoint.step;

  function show(answer) {
    if (isOther(answer)) return client.ask(MODEL);
    const [said] = answer.predictions;
    results.tell("");
    if (said.input) results.showSeen(said.input.width, said.input.levels);
    results.show(model.classes.length > 0
      ? { probabilities: said.probabilities, best: model.classes.indexOf(said.prediction), hidden: said.hidden }
      : { value: said.prediction, hidden: said.hidden });
    showMistakes(said.nearest_mistakes);
  }

  function showNothing() {
    asked = null;
    client.drop();
    results.tell("");
    if (side()) results.showSeen(side(), null);
    results.show(null);
    showMistakes(null);
  }

  function ask(query, type, body) {
    asked = { path: PREDICT + query, type, body };
    client.ask(asked);
  }

  function askRow(values) {
    if (!values) return showNothing();
    const row = values.map(value => Number.isNaN(value) ? null : value);
    ask("", "application/json", () => JSON.stringify({ rows: [row] }));
  }

  /* Returns a canvas as a PNG image, synchronously: toBlob() waits until the browser is idle. */
  function bytesOf(canvas) {
    const [, base64] = canvas.toDataURL("image/png").split(",");
    return Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  }

  function askDrawing(strokes) {
    if (strokes.length === 0) return showNothing();
    ask("&ink=light", "image/png", () => bytesOf(ink.sheet(strokes)));
  }

  /* Shows the page of a network; reloads the page if classes, features or layers differ from before. `after` is the
     refusal that led to the request for the network, if one did. */
  function become(now, after) {
    const form = ({ classes, features, layers }) => JSON.stringify([classes, features, layers]);
    if (model && form(model) !== form(now)) return location.reload();
    if (after && !isOther(now)) return;
    const isFirst = model === null;
    model = now;
    describe();
    results.tell("");
    if (isFirst) start(); else if (asked) client.ask(asked);
  }

  function describe() {
    document.title = find("name").textContent = model.name;
    const { checkpoint: { step }, evaluation, layers, activation } = model;
    const parts = [`${layers.join("–")} ${activation}, weights of step ${step}.`];
    if (evaluation?.checkpoint.step === step && evaluation.splits.length > 0) {
      const { split, rows, accuracy, rmse } = evaluation.splits[0];
      const tested = `${rows.toLocaleString("en")} ${split} rows.`;
      parts.push(model.classes.length > 0
        ? `Right on ${results.percent(accuracy, 2)} of ${tested}`
        : `Root mean squared error ${results.shown(rmse)} on ${tested}`);
    }
    find("about").textContent = parts.join(" ");
    find("stand-in").hidden = !model.fallback;
    find("stand-in").textContent = `Not trained on the configured data: ${model.fallback}`;
  }

  function start() {
    find("results").before(find(side() ? "drawing" : "form").content);
    results.build(model.classes, model.layers.slice(1, -1));
    const { count, columns } = model.features;
    const input = side() ? drawingPad(askDrawing, results.hold) : fieldsFor(columns, askRow);
    pasteBox(count, columns, (values, problem) => {
      if (values && side()) input.clear();
      if (values && !side()) input.set(values);
      askRow(values);
      results.tell(problem);
    });
    if (side()) showNothing(); else input.reset();
  }

  client.ask(MODEL);
})();
