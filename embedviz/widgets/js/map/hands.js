// Mouse, pen and wheel on a map. `map` is a PointMap; touch has its own module.

const STILL = 3; // CSS pixels that a click may move

// The listeners end with `signal`.
export function listenToPointer(map, canvas, signal) {
  let held = null;
  const on = (kind, act, options = {}) => canvas.addEventListener(kind, act, { signal, ...options });
  const place = (event) => [event.offsetX, event.offsetY];
  const mine = (act) => (event) => { if (event.pointerType !== "touch") act(event, ...place(event)); };

  on("pointerdown", mine((event, x, y) => {
    if (event.button) return;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    held = { x, y, moved: false };
    if (map.lasso.on || event.shiftKey) map.lasso.press(x, y);
  }));
  on("pointermove", mine((event, x, y) => {
    if (!held) {
      map.point(x, y);
      return;
    }
    held.moved ||= Math.hypot(x - held.x, y - held.y) > STILL;
    if (!held.moved) return;
    map.leave();
    if (map.lasso.drawing) map.lasso.move(x, y);
    else map.drag(x - held.x, y - held.y);
    Object.assign(held, { x, y });
  }));
  on("pointerup", mine((event, x, y) => {
    const before = held;
    held = null;
    if (!before) return;
    if (before.moved && map.lasso.drawing) map.lasso.release();
    else if (map.lasso.drawing) map.lasso.cancel();
    if (!before.moved) map.pickAt(x, y);
  }));
  on("pointercancel", mine(() => { held = null; if (map.lasso.drawing) map.lasso.cancel(); }));
  on("pointerleave", mine(() => map.leave()));
  on("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls; a pinch on a touchpad comes as Ctrl and wheel
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 : 1;
    map.zoom(Math.exp((-event.deltaY * lines) / 200), event.offsetX, event.offsetY);
  }, { passive: false });
}
