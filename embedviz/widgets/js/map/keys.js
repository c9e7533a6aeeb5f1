// The keys of a map.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NAMES = { n: "next", p: "previous", " ": "play", Escape: "clear", "/": "search" }; // what means more than the map

export const HELP = "Keys: arrows move or turn the map, + and − zoom, 0 shows all of it; N and P go to the next and "
  + "the previous neighbor, Escape clears, / searches. L is the lasso: arrows move its cross, with Shift faster, Enter "
  + "sets a corner, L again closes the loop.";

// The listener ends with `signal`.
export function listenToKeys(map, canvas, signal) {
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !press(map, event)) return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
}

function press(map, { key: typed, shiftKey }) {
  const key = typed.length === 1 ? typed.toLowerCase() : typed, arrow = ARROWS[key];
  if (map.lasso.on && map.lasso.key(key, arrow, shiftKey, map.inner)) return true;
  if (arrow) map.drag(...arrow.map((step) => step * (map.solid ? 15 : -40)));
  else if (key === "+" || key === "=") map.zoom(1.5);
  else if (key === "-" || key === "−") map.zoom(1 / 1.5);
  else if (key === "0") map.home();
  else if (key === "l") map.startLasso(true);
  else if (NAMES[key]) map.options.key(NAMES[key]);
  else return false;
  return true;
}
