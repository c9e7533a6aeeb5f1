// Distances on the globe.

const RADIUS = 6371.0088; // km, of the Earth on average

// The great-circle distance of two places, each [longitude, latitude] in degrees, in km (haversine formula).
export function greatCircleKm([lon, lat], [otherLon, otherLat]) {
  const radians = Math.PI / 180, half = (degrees) => Math.sin((degrees * radians) / 2) ** 2;
  const chord = half(otherLat - lat) + Math.cos(lat * radians) * Math.cos(otherLat * radians) * half(otherLon - lon);
  return 2 * RADIUS * Math.asin(Math.min(Math.sqrt(chord), 1));
}
