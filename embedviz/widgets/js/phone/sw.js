// Keeps the drills, so that they open without a network: publish/drills_page.py fills in what stands in capitals.
// Each version has a cache of its own, filled at once or not at all; the old ones go when it takes over.

const VERSION = "$VERSION", PREFIX = "embedviz-drills-", FILES = $FILES;

self.addEventListener("install", (event) => {
  const wanted = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(PREFIX + VERSION).then((cache) => cache.addAll(wanted)));
});

self.addEventListener("activate", (event) => {
  const clear = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

// The reader has asked for the version that waits.
self.addEventListener("message", ({ data }) => { if (data === "use") self.skipWaiting(); });

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url), home = new URL("./", self.location);
  const file = url.pathname.slice(home.pathname.length) || "index.html";
  if (event.request.method !== "GET" || url.origin !== home.origin || !url.pathname.startsWith(home.pathname) ||
      !FILES.includes(file)) return;
  const answer = async () => {
    const cache = await caches.open(PREFIX + VERSION);
    return (await cache.match(new URL(file, home))) ?? fetch(event.request);
  };
  event.respondWith(answer());
});
