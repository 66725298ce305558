"use strict";
/* Draws strokes. A stroke is a list of points [x, y], as shares of the pad's edge. */
const ink = (() => {
  const SIDE = 28, BOX = 20; /* MNIST's form: the drawing fitted into 20×20, in a picture of 28×28 */
  const PEN = 2.6; /* width of the pen in pixels of the picture, however large the drawing is */
  const FINE = 8; /* pixels of the canvas for one pixel of the picture, along an edge */
  const SMALLEST = 1 / 7; /* a smaller drawing is not enlarged further, so that a dot stays a dot */
  const COSINE = 0.5; /* a turn of more than 60° is a corner */

  /* Draws a smooth line through all points: a Catmull-Rom spline with sharp corners, no tangent longer than its segment. */
  function curve(context, points) {
    const between = ([x, y], [toX, toY]) => [toX - x, toY - y];
    /* Returns the control point a third of the way along the tangent, forwards (1) or backwards (-1). */
    const handle = (index, sign) => {
      const point = points[index];
      const [before, behind] = [points[index - 1] ?? point, points[index + 1] ?? point];
      const [[inX, inY], [outX, outY]] = [between(before, point), between(point, behind)];
      const [inLength, outLength] = [Math.hypot(inX, inY), Math.hypot(outX, outY)];
      const isCorner = inX * outX + inY * outY < COSINE * inLength * outLength;
      if (isCorner) return point;
      const [x, y] = between(before, behind);
      const length = sign > 0 ? outLength : inLength;
      const share = sign * Math.min(1 / 6, length / (3 * Math.hypot(x, y) || 1));
      return [point[0] + share * x, point[1] + share * y];
    };
    context.beginPath();
    context.moveTo(...points[0]);
    for (let index = 0; index + 1 < points.length; index += 1) {
      context.bezierCurveTo(...handle(index, 1), ...handle(index + 1, -1), ...points[index + 1]);
    }
    const [x, y] = points.at(-1);
    context.lineTo(x + 0.01, y); /* so that a dot, a line of no length, is drawn too */
    context.stroke();
  }

  function path(context, strokes, width, place) {
    context.lineWidth = width;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) curve(context, stroke.map(place));
  }

  /* Returns a canvas with the drawing, white on black, its bounds centred; FINE pixels for one of the picture. */
  function sheet(strokes) {
    const points = strokes.flat();
    const range = axis => {
      const values = points.map(point => point[axis]);
      return [Math.min(...values), Math.max(...values)];
    };
    const [[left, right], [top, bottom]] = [range(0), range(1)];
    const scale = (BOX - PEN) / Math.max(right - left, bottom - top, SMALLEST);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE * FINE;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = "#fff";
    const placed = (value, low, high) => FINE * (SIDE / 2 + (value - (low + high) / 2) * scale);
    path(context, strokes, PEN * FINE, ([x, y]) => [placed(x, left, right), placed(y, top, bottom)]);
    return canvas;
  }

  return { SIDE, BOX, FINE, path, sheet };
})();
