/* Strokes to grey levels in MNIST's form: the centre of mass of the drawing in the middle of 28×28. */
const digit = (() => {
  const { SIDE, BOX, FINE } = ink;

  /* The ink of each pixel of the box, 0 to 1. */
  function fitted(strokes) {
    const [edge, start] = [BOX * FINE, (SIDE - BOX) / 2 * FINE];
    const pixels = ink.sheet(strokes).getContext("2d").getImageData(start, start, edge, edge).data;
    const levels = new Float64Array(BOX * BOX);
    for (let y = 0; y < edge; y += 1) {
      for (let x = 0; x < edge; x += 1) {
        const place = Math.floor(y / FINE) * BOX + Math.floor(x / FINE);
        levels[place] += pixels[4 * (y * edge + x)] / (255 * FINE * FINE);
      }
    }
    return levels;
  }

  /* Grey levels, 0 to 255, row by row; null without strokes. */
  function image(strokes) {
    if (strokes.length === 0) return null;
    const levels = fitted(strokes);
    let mass = 0, across = 0, down = 0;
    levels.forEach((level, index) => {
      mass += level;
      across += level * (index % BOX + 0.5);
      down += level * (Math.floor(index / BOX) + 0.5);
    });
    /* The centre belongs into the middle of the pixel that has 14 before it; the box stays inside. */
    const margin = centre => Math.min(Math.max(Math.round(14.5 - centre), 0), SIDE - BOX);
    const [left, top] = [margin(across / mass), margin(down / mass)];
    const grey = new Array(SIDE * SIDE).fill(0);
    levels.forEach((level, index) => {
      grey[(top + Math.floor(index / BOX)) * SIDE + left + index % BOX] = Math.round(255 * level);
    });
    return grey;
  }

  return { image };
})();
