// Fingers on a map, as maps on phones have it: one scrolls the page, two move and zoom the map, a tap picks, a long
// press says what a point is; while the lasso is on, one finger draws.

const STILL = 10, LONG = 450; // CSS pixels that a tap may move; milliseconds
const REACH = 18; // CSS pixels around a finger

// The listeners end with `signal`.
export function listenToTouch(map, canvas, signal) {
  let tap = null, pinch = null, timer;
  const on = (kind, act) => canvas.addEventListener(kind, act, { signal, passive: false });
  const fingers = (event) => {
    const box = canvas.getBoundingClientRect();
    return [...event.targetTouches].map((one) => [one.clientX - box.left, one.clientY - box.top]);
  };
  const forget = () => { clearTimeout(timer); tap = null; };
  signal.addEventListener("abort", forget, { once: true });

  on("touchstart", (event) => {
    const all = fingers(event), [[x, y]] = all;
    forget();
    if (all.length === 1 && map.lasso.on) {
      map.lasso.press(x, y);
    } else if (all.length === 1) {
      tap = { x, y, long: false, since: event.timeStamp };
      timer = setTimeout(() => { tap.long = map.point(x, y, REACH) >= 0; }, LONG);
    } else {
      if (map.lasso.drawing) map.lasso.cancel();
      pinch = between(all);
      map.leave();
    }
  });
  on("touchmove", (event) => {
    const all = fingers(event);
    if (pinch && all.length > 1) {
      if (event.cancelable) event.preventDefault();
      const now = between(all);
      map.drag(now.x - pinch.x, now.y - pinch.y);
      map.zoom(now.distance / pinch.distance, now.x, now.y);
      pinch = now;
    } else if (map.lasso.drawing) {
      if (event.cancelable) event.preventDefault();
      map.lasso.move(...all[0]);
    } else if (tap && Math.hypot(all[0][0] - tap.x, all[0][1] - tap.y) > STILL) {
      if (Math.abs(all[0][0] - tap.x) > Math.abs(all[0][1] - tap.y)) map.hint("Two fingers move the map");
      forget();
    }
  });
  on("touchend", (event) => {
    if (pinch && event.targetTouches.length < 2) pinch = null;
    if (map.lasso.drawing) map.lasso.release();
    if (!tap) return;
    event.preventDefault(); // no click after it
    canvas.focus({ preventScroll: true });
    const { x, y, long, since } = tap;
    forget();
    if (long && event.timeStamp - since >= LONG) return; // the tip stays until the next tap
    map.leave();
    map.pickAt(x, y, REACH);
  });
  on("touchcancel", () => { forget(); pinch = null; if (map.lasso.drawing) map.lasso.cancel(); });
  on("contextmenu", (event) => { if (tap) event.preventDefault(); }); // that of a long press
}

function between([[ax, ay], [bx, by]]) {
  return { x: (ax + bx) / 2, y: (ay + by) / 2, distance: Math.max(Math.hypot(bx - ax, by - ay), 1) };
}
