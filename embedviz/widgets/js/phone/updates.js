// The page without a network: a service worker keeps it after the first visit. From file:// there is none, and no need.

// `offer` is called when a newer page lies ready; `use()` then takes it.
export function watchForUpdates(offer) {
  const workers = navigator.serviceWorker;
  if (!workers || !/^https?:$/.test(location.protocol)) return { use: () => location.reload() };
  let registration, wanted = false;
  workers.addEventListener("controllerchange", () => { if (wanted) location.reload(); });
  const ready = () => { if (registration.waiting && workers.controller) offer(); };
  workers.register("sw.js").then((found) => {
    registration = found;
    ready();
    found.addEventListener("updatefound", () => found.installing?.addEventListener("statechange", ready));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") found.update().catch(() => {}); // without a network: next time
    });
  }).catch(() => {}); // forbidden here: the page works as long as there is a network
  return {
    use: () => {
      wanted = true;
      if (registration?.waiting) registration.waiting.postMessage("use");
      else location.reload();
    },
  };
}
