/* From input to results, all computed in this page. */
(() => {
  const { about, features, predict } = network;
  const { picture } = about; /* how rows are pictures, if they are */
  let isAsked = false; /* an animation frame is requested */

  function show(values) {
    if (picture) {
      const { side, paper, ink } = picture;
      results.showSeen(side, values && values.map(value => 255 * (value - paper) / (ink - paper)));
    }
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
        const { side, paper, ink } = picture;
        const image = digit.image(latest, side);
        show(image && image.map(grey => paper + grey / 255 * (ink - paper)));
      });
    }, results.hold);
  }

  results.build(about.classes, about.sizes.slice(1, -1));
  const input = picture ? drawing() : fieldsFor(about, show);
  show(null);
  pasteBox(features, about.fill, (values, problem) => {
    if (values) input.clear();
    show(values);
    results.tell(problem);
  });
})();
