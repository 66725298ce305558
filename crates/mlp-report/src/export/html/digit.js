/* From strokes to grey levels in MNIST's form: the drawing fitted into a box, centred by mass. */
const digit = (() => {
  const { SIDE, BOX, FINE } = ink;

  /* Resamples a square of `from` by `from` levels to `to` by `to`: each the mean over its area. */
  function averaged(levels, from, to) {
    const extent = from / to;
    const shares = Array.from({ length: to }, (_, place) => {
      const [start, end] = [place * extent, (place + 1) * extent];
      const pixels = [];
      for (let pixel = Math.floor(start); pixel < Math.min(end, from); pixel += 1) {
        pixels.push([pixel, (Math.min(end, pixel + 1) - Math.max(start, pixel)) / extent]);
      }
      return pixels;
    });
    return shares.flatMap(rows => shares.map(columns => {
      let sum = 0;
      for (const [y, down] of rows) {
        for (const [x, across] of columns) sum += down * across * levels[y * from + x];
      }
      return sum;
    }));
  }

  /* Returns the drawing as levels of `box` by `box` pixels, 0 to 1. */
  function fitted(strokes, box) {
    const [edge, start] = [BOX * FINE, (SIDE - BOX) / 2 * FINE];
    const { data } = ink.sheet(strokes).getContext("2d").getImageData(start, start, edge, edge);
    return averaged(Float64Array.from({ length: edge * edge }, (_, index) => data[4 * index] / 255), edge, box);
  }

  /* Returns the grey levels, 0 to 255, of a picture of `side` by `side`, row by row; null without strokes. A small
     picture is resampled from a larger one, because its pixels are too coarse for a box and a centre. */
  function image(strokes, side) {
    if (strokes.length === 0) return null;
    const whole = Math.max(side, SIDE);
    const box = Math.round(whole * BOX / SIDE);
    const levels = fitted(strokes, box);
    let mass = 0, across = 0, down = 0;
    levels.forEach((level, index) => {
      mass += level;
      across += level * (index % box + 0.5);
      down += level * (Math.floor(index / box) + 0.5);
    });
    /* The centre of mass goes to the middle of the pixel at half the side; the box stays inside. */
    const goal = Math.floor(whole / 2) + 0.5;
    const margin = centre => Math.min(Math.max(Math.round(goal - centre), 0), whole - box);
    const [left, top] = [margin(across / mass), margin(down / mass)];
    const placed = new Float64Array(whole * whole);
    levels.forEach((level, index) => {
      placed[(top + Math.floor(index / box)) * whole + left + index % box] = level;
    });
    return averaged(placed, whole, side).map(level => Math.round(255 * level));
  }

  return { image };
})();
