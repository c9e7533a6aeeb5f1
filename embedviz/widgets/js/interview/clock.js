// How much of the interview is left, and how long this answer has taken: a second at a time.

import { element } from "../dom.js";

const LONG = 150; // seconds of an answer, after which an interviewer would like to ask the next thing

export const minutesOf = (seconds) => {
  const whole = Math.max(Math.round(seconds), 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

export function clock() {
  const place = element("span"), left = element("b"), own = element("span");
  const root = element("p", { className: "clock" }, place, " · ",
    element("span", { role: "timer", "aria-label": "Time left" }, left), " left", own);
  let model = null, since = 0, ticking = null;
  const tell = () => {
    const passed = (performance.now() - since) / 1000, answering = model.stage === "question";
    left.textContent = minutesOf(model.remaining - passed);
    own.textContent = answering ? ` · this answer ${minutesOf(passed)}` : "";
    own.classList.toggle("long", answering && passed > LONG);
  };
  const stop = () => { clearInterval(ticking); ticking = null; };
  const show = (next) => {
    stop();
    [model, since] = [next, performance.now()];
    place.textContent = `Question ${next.number} of ${next.of}`;
    tell();
    ticking = setInterval(tell, 1000);
  };
  return { root, show, stop };
}
