/* Pen strokes to an image in MNIST's form: fitted into 20×20, its centre of mass in the middle of 28×28. */
const digit = (() => {
  const SIDE = 28, BOX = 20;
  const PEN = 2.6; /* width of the pen in pixels of the box */
  const FINE = 8; /* the box is drawn so many times larger, then averaged */
  const SMALLEST = 40; /* a drawing smaller than this, in pixels of the pad, is not blown up further: a dot stays one */

  function path(context, strokes, place) {
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach((point, index) => {
        const [x, y] = place(point);
        if (index === 0) context.moveTo(x, y);
        context.lineTo(x, y);
      });
      context.stroke();
    }
  }

  function pen(context, width) {
    context.lineWidth = width;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#fff";
  }

  /* The ink of each pixel of the box, 0 to 1. */
  function fitted(strokes) {
    const points = strokes.flat();
    const range = axis => {
      const values = points.map(point => point[axis]);
      return [Math.min(...values), Math.max(...values)];
    };
    const [[left, right], [top, bottom]] = [range(0), range(1)];
    const scale = (BOX - PEN) / Math.max(right - left, bottom - top, SMALLEST);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = BOX * FINE;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    pen(context, PEN * FINE);
    const placed = (value, low, high) => FINE * (BOX / 2 + (value - (low + high) / 2) * scale);
    path(context, strokes, ([x, y]) => [placed(x, left, right), placed(y, top, bottom)]);
    const pixels = context.getImageData(0, 0, BOX * FINE, BOX * FINE).data;
    const ink = new Float64Array(BOX * BOX);
    for (let y = 0; y < BOX * FINE; y += 1) {
      for (let x = 0; x < BOX * FINE; x += 1) {
        const place = Math.floor(y / FINE) * BOX + Math.floor(x / FINE);
        ink[place] += pixels[4 * (y * BOX * FINE + x) + 3] / (255 * FINE * FINE);
      }
    }
    return ink;
  }

  /* Grey levels, 0 to 255, row by row; null without strokes. */
  function image(strokes) {
    if (strokes.length === 0) return null;
    const ink = fitted(strokes);
    let mass = 0, across = 0, down = 0;
    ink.forEach((level, index) => {
      mass += level;
      across += level * (index % BOX + 0.5);
      down += level * (Math.floor(index / BOX) + 0.5);
    });
    /* The centre belongs into the middle of the pixel that has 14 before it; the box stays inside. */
    const margin = centre => Math.min(Math.max(Math.round(14.5 - centre), 0), SIDE - BOX);
    const [left, top] = [margin(across / mass), margin(down / mass)];
    const grey = new Array(SIDE * SIDE).fill(0);
    ink.forEach((level, index) => {
      grey[(top + Math.floor(index / BOX)) * SIDE + left + index % BOX] = Math.round(255 * level);
    });
    return grey;
  }

  return { image, path, pen };
})();
