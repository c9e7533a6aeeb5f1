// The retrieval explorer: put together.

export function mount(el, source) {
  el.classList.add("embedviz");
}
