async function render({ model, el }) {
  const data = await model.widget_manager.get_model(model.get("data"));
  const input = el.appendChild(document.createElement("input"));
  const list = el.appendChild(document.createElement("datalist"));
  list.id = "embedviz-" + Math.random().toString(36).slice(2);
  input.setAttribute("list", list.id);
  input.className = "embedviz-search";
  input.placeholder = data.get("label");
  input.setAttribute("aria-label", data.get("label"));
  let names, folded;
  const read = () => { names = data.get("names"); folded = names.map((name) => name.toLowerCase()); };
  const complete = () => {  // first the names that begin so, then those that hold it; names are composed (NFC)
    const text = input.value.trim().replace(/\s+/g, " ").normalize("NFC").toLowerCase(), begin = [], hold = [];
    for (let i = 0; text && i < names.length && begin.length < 12; i++) {
      const place = folded[i].indexOf(text);
      if (place === 0) begin.push(names[i]); else if (place > 0 && hold.length < 12) hold.push(names[i]);
    }
    list.replaceChildren(...[...begin, ...hold].slice(0, 12).map((name) => new Option(name)));
  };
  const follow = () => { input.value = data.get("value"); if (document.activeElement === input) input.select(); };
  let fresh = false;  // the next search replaces the last: its text is selected at Enter, and by the first click
  input.addEventListener("focus", () => { fresh = true; input.select(); });
  input.addEventListener("click", () => { if (fresh) input.select(); fresh = false; });
  const commit = () => { data.set("value", input.value); data.save_changes(); };
  input.addEventListener("input", (event) => {  // a choice from the list has no type, or that of a replacement
    if (!event.inputType || event.inputType === "insertReplacementText") commit(); else complete();
  });
  input.addEventListener("keydown", (event) => {  // the open list swallows "change"
    if (event.key === "Enter") { commit(); input.select(); }
  });
  input.addEventListener("change", commit);
  data.on("change:value", follow);
  data.on("change:names", read);
  read();
  follow();
  return () => { data.off("change:value", follow); data.off("change:names", read); };
}
export default { render };
