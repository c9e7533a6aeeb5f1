async function render({ model, el }) {
  const data = await model.widget_manager.get_model(model.get("data"));
  el.classList.add("embedviz-panel");
  let about = null;
  const draw = () => {
    const focused = el.contains(document.activeElement) ? document.activeElement.dataset.name ?? "" : null;
    const before = about, scrolled = el.scrollTop, next = document.createElement("template");
    next.innerHTML = data.get("html");
    about = (next.content.querySelector("caption") ?? next.content).textContent;
    el.setAttribute("aria-live", about === before ? "off" : "polite");  // the same list after another epoch is not read again
    el.replaceChildren(next.content);
    el.scrollTop = about === before ? scrolled : 0;
    if (focused === null) return;
    const same = [...el.querySelectorAll("button")].find((button) => about === before && button.dataset.name === focused);
    (el.querySelector("[aria-pressed=true]") ?? same ?? el.querySelector("button"))?.focus();
  };
  el.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) data.send({ name: button.dataset.name });
  });
  data.on("change:html", draw);
  draw();
  return () => data.off("change:html", draw);
}
export default { render };
