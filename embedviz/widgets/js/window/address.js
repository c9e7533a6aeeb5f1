// What of the view of a window on a sentence the page's address keeps, see page/address.js.

import { kept, within } from "../page/address.js";

export function address(source) {
  const sentences = source.get("sentences"), longest = Math.max(...sentences.map((words) => words.length));
  const whole = (least, most) => within(least, most, { whole: true });
  return kept([source], {
    sentence: whole(0, sentences.length - 1), position: whole(0, longest - 1), n: whole(1, source.get("widest")),
  });
}
