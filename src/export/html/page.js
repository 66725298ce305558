/* Input to results, all in this page. */
(() => {
  const { about, features, predict } = network;
  let isAsked = false; /* a frame is asked for */

  function show(values) {
    if (about.ink) results.showSeen(ink.SIDE, values && values.map(value => 255 * value / about.ink));
    results.show(values && predict(values));
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
        const image = digit.image(latest);
        show(image && image.map(grey => grey / 255 * about.ink));
      });
    }, results.hold);
  }

  results.build(about.classes, about.sizes.slice(1, -1));
  const input = about.features ? fieldsFor(about, show) : drawing();
  show(null);
  pasteBox(features, about.fill, (values, problem) => {
    if (values) input.clear();
    show(values);
    results.tell(problem);
  });
})();
