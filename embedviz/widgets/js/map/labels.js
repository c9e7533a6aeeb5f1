// Names beside points, where they cover neither each other nor a point.

const HALF = 10; // half the height of a label, CSS pixels

// Places for labels { x, y, half } (half: of its width), the first the most important; gives for each [dx, dy] from the
// point to the middle of the label, or null where there is no room in the frame, beside the boxes that are taken.
export function placeLabels(labels, { left, top, width, height }, boxes = []) {
  const taken = [...boxes, ...labels.map(({ x, y }) => [x - 8, y - 8, x + 8, y + 8])];
  return labels.map(({ x, y, half }) => {
    const free = spots(half).find(([dx, dy]) => {
      const box = boxOf(x + dx, y + dy, half);
      const within = box[0] >= left && box[1] >= top && box[2] <= left + width && box[3] <= top + height;
      return within && !taken.some((other) => overlap(box, other));
    });
    if (free) taken.push(boxOf(x + free[0], y + free[1], half));
    return free ?? null;
  });
}

const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
const boxOf = (x, y, half) => [x - half, y - HALF, x + half, y + HALF];

// From near to far, beside the point first.
function spots(half) {
  const found = [];
  for (const radius of [13, 26, 42, 62, 90]) {
    for (const angle of [0, 180, 30, -30, 150, -150, 60, -60, 120, -120, 90, -90]) {
      const turn = (angle * Math.PI) / 180, side = Math.sign(Math.round(Math.cos(turn) * 1e6));
      found.push([radius * Math.cos(turn) + side * half, -radius * Math.sin(turn)]);
    }
  }
  return found;
}

// Draw placed labels { x, y, text, bold, half, spot }. A thin dotted line leads to each: those to neighbors are solid.
export function drawLabels(context, labels, { paper, ink, leader }, font) {
  context.textAlign = "center";
  context.strokeStyle = leader;
  context.lineWidth = 1;
  context.setLineDash([1, 2.5]);
  for (const { x, y, half, spot: [dx, dy] } of labels) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx - Math.sign(dx) * half * (Math.abs(dx) >= half), y + dy);
    context.stroke();
  }
  context.setLineDash([]);
  for (const { x, y, text, bold, half, spot: [dx, dy] } of labels) {
    context.fillStyle = paper;
    context.fillRect(x + dx - half, y + dy - HALF, 2 * half, 2 * HALF);
    context.fillStyle = ink;
    context.font = font(14, bold ? "bold" : "");
    context.fillText(text, x + dx, y + dy);
  }
}
