/* From input to results, all computed in this page. */
(() => {
  const { columns, picture } = about; /* how rows are pictures, if they are */
  let isAsked = false; /* an animation frame is requested */

  function show(values) {
    if (picture) {
      const { side, paper, ink } = picture;
      results.showSeen(side, values && values.map(value => 255 * (value - paper) / (ink - paper)));
    }
    results.show(values && network.predict(values));
    results.tell("");
  }

  function drawing() {
    let latest = [];
    return drawingPad(strokes => {
      latest = strokes;
      if (strokes.length === 0) return show(null);
      if (isAsked) return;
      isAsked = true;
      requestAnimationFrame(() => {
        isAsked = false;
        const { side, paper, ink } = picture;
        const image = digit.image(latest, side);
        show(image && image.map(grey => paper + grey / 255 * (ink - paper)));
      });
    }, results.hold);
  }

  /* Returns what is wrong with the dates of a row; empty if nothing is. */
  function problemOf(values) {
    const wrong = picture ? -1 : columns.findIndex(({ kind }, index) =>
      kind === "date" && typeof values[index] === "string" && Number.isNaN(encoding.seconds(values[index])));
    return wrong < 0 ? "" : `Value ${wrong + 1} is not a date such as 2024-03-15 or 2024-03-15T12:30: ${values[wrong].slice(0, 20)}`;
  }

  results.build(about.classes, about.sizes.slice(1, -1));
  const input = picture ? drawing() : fieldsFor(columns, show);
  if (picture) show(null); else input.reset();
  pasteBox(picture ? picture.side ** 2 : columns.length, columns, (values, problem) => {
    const why = problem || problemOf(values);
    if (!why && picture) input.clear();
    if (!why && !picture) input.set(values);
    show(why ? null : values);
    results.tell(why);
  });
})();
