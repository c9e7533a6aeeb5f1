// Color scales of heat maps, each read alike by all eyes: stops from low to high, between which it is linear.

// matplotlib's RdBu (ColorBrewer, reversed); where the page is dark Crameri's berlin, whose middle is dark as well.
const SIGNED = {
  light: "053061 175290 2a71b2 3f8ec0 6bacd1 9bc9e0 c2ddec e0ecf3 f7f6f6 "
    + "fbe5d8 fbccb4 f5aa89 e48066 d05548 ba2832 930e26 67001f",
  dark: "9eb0ff 79abed 519fd3 3685ad 286886 1d4b61 14303e 111a20 190c09 "
    + "2b0e01 411201 5b1d08 7d341e 9e513f be6f63 df8f89 ffadad",
};
const CIVIDIS = // Nuñez, Anderton & Renslow (2018)
  "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 "
  + "8c8878 9b9476 aba072 bcae6c cdbb63 dec958 f0d846 fee838";

// A function from 0 (low) … 1 (high) to [red, green, blue], each 0 … 255.
export function shades(signed, dark) {
  const stops = (signed ? SIGNED[dark ? "dark" : "light"] : CIVIDIS).split(" ")
    .map((stop) => [0, 2, 4].map((i) => parseInt(stop.slice(i, i + 2), 16)));
  return (share) => {
    const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    return stops[low].map((value, i) => value + (place - low) * (stops[low + 1][i] - value));
  };
}
