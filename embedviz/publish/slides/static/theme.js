// Light or dark, before anything is drawn: ?theme=dark, else as the system has it.
{
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = ["dark", "light"].includes(asked) ? asked : system;
}
