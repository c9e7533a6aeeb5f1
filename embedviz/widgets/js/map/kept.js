// The color "neighbors kept": as look.kept_groups in Python cuts it.

const REST = { color: "#949494", dark: "#777777", shape: "dot" };

// kept: how many of its `near` nearest each point has near it on the map too, NaN or −1 where it is not known;
// palette: { color, dark, shape } from low to high. Gives { codes, classes } for PointMap.paint.
export function keptClasses(kept, near, palette) {
  const ranges = Math.min(near + 1, palette.length), codeOf = new Uint8Array(near + 1), classes = [];
  for (let k = 0; k < ranges; k++) {
    const low = Math.floor((k * (near + 1)) / ranges), high = Math.floor(((k + 1) * (near + 1)) / ranges) - 1;
    codeOf.fill(k, low, high + 1);
    const look = palette[ranges > 1 ? Math.round((k * (palette.length - 1)) / (ranges - 1)) : 0];
    classes.push({ ...look, label: `${low === high ? low : `${low}–${high}`} of ${near}`, count: 0, rest: false });
  }
  classes.push({ ...REST, label: "not known", count: 0, rest: true });
  const codes = Uint8Array.from(kept, (value) => (value >= 0 ? codeOf[value] : ranges));
  for (const code of codes) classes[code].count++;
  return { codes, classes: classes[ranges].count ? classes : classes.slice(0, ranges) };
}
