/* The drawing pad: strokes by mouse, finger, pen or keyboard. `changed` receives the strokes after every change,
   `drawing` receives whether a stroke is being drawn. */
function drawingPad(changed, drawing) {
  const WIDTH = 1 / 14; /* width of a line, as a share of the pad */
  const STEP = 1 / 20; /* step of the pen that keys move */
  const MOVES = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1], /* the corners of a number pad */
  };
  const find = id => document.getElementById(id);
  const pad = find("pad");
  const context = pad.getContext("2d");
  const pen = { x: 0.5, y: 0.5, isDown: false, isSeen: false };
  const held = new Set(); /* two arrows at once move diagonally */
  let strokes = [];
  let active = null; /* the pointer that draws: the first of several fingers */
  let pending = false;

  function paint() {
    const style = getComputedStyle(pad);
    const edge = pad.width;
    context.clearRect(0, 0, edge, edge);
    context.strokeStyle = style.color;
    ink.path(context, strokes, WIDTH * edge, ([x, y]) => [x * edge, y * edge]);
    find("hint").hidden = strokes.length > 0 || pen.isSeen;
    if (!pen.isSeen) return;
    context.strokeStyle = context.fillStyle = style.caretColor;
    context.lineWidth = edge / 110;
    context.beginPath();
    context.arc(pen.x * edge, pen.y * edge, WIDTH * edge * 0.62, 0, 2 * Math.PI);
    if (pen.isDown) context.fill(); else context.stroke();
  }

  function repaint() {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      paint();
    });
  }

  function change() {
    repaint();
    changed(strokes);
  }

  function show(isSeen) {
    pen.isSeen = isSeen;
    repaint();
  }

  function lift() {
    if (active === null && !pen.isDown) return;
    if (pen.isDown) find("pen").textContent = "Pen up";
    active = null;
    pen.isDown = false;
    drawing(false);
  }

  function undo() {
    lift();
    strokes.pop();
    change();
  }

  /* Clears the pad without calling `changed`. */
  function wipe() {
    lift();
    strokes = [];
    Object.assign(pen, { x: 0.5, y: 0.5 });
    repaint();
  }

  function clear() {
    wipe();
    change();
  }

  function add(event) {
    const box = pad.getBoundingClientRect();
    const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const { clientX, clientY } of moves.length ? moves : [event]) {
      strokes.at(-1).push([(clientX - box.left) / box.width, (clientY - box.top) / box.height]);
    }
    change();
  }

  pad.addEventListener("pointerdown", event => {
    if (active !== null || event.button !== 0) return;
    lift();
    active = event.pointerId;
    pad.setPointerCapture(active);
    drawing(true);
    strokes.push([]);
    pen.isSeen = false;
    add(event);
  });
  pad.addEventListener("pointermove", event => {
    if (event.pointerId === active) add(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, event => {
      if (event.pointerId === active) lift();
    });
  }

  function toggle() {
    if (pen.isDown) {
      lift();
    } else {
      pen.isDown = true;
      find("pen").textContent = "Pen down";
      drawing(true);
      strokes.push([[pen.x, pen.y]]);
      change();
    }
    show(true);
  }

  function move() {
    const along = axis => [...held].reduce((sum, key) => sum + MOVES[key][axis], 0);
    const inside = value => Math.min(Math.max(value, STEP), 1 - STEP);
    pen.x = inside(pen.x + STEP * Math.sign(along(0)));
    pen.y = inside(pen.y + STEP * Math.sign(along(1)));
    if (pen.isDown) {
      strokes.at(-1).push([pen.x, pen.y]);
      change();
    }
    show(true);
  }

  pad.addEventListener("keydown", event => {
    const { key } = event;
    if (event.altKey || event.metaKey || (event.ctrlKey && key !== "z")) return;
    if (key in MOVES) {
      held.add(key);
      move();
    } else if (key === " " && !event.repeat) {
      toggle();
    } else if (key === "Backspace" || key === "z" && event.ctrlKey) {
      undo();
    } else if (key === "Escape" || key === "Delete") {
      clear();
    } else if (key !== " ") {
      return;
    }
    event.preventDefault();
  });
  pad.addEventListener("keyup", event => held.delete(event.key));
  pad.addEventListener("focus", () => show(pad.matches(":focus-visible")));
  pad.addEventListener("blur", () => {
    held.clear();
    lift();
    show(false);
  });
  find("undo").addEventListener("click", undo);
  find("clear").addEventListener("click", clear);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  repaint();
  return { clear: wipe };
}
