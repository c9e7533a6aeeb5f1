// All that can be done to the user who is shown: each changes the state, and nothing else.

import { load } from "./people.js";

export function changes(data, state) {
  const see = (liked) => state.set({ liked, asked: "" });
  return {
    // A user of the training data; null: one of one's own, of whom nothing is known.
    load: (user) => state.set({ ...load(data, user), asked: "" }),
    // A value of a feature; null: not given.
    choose: (feature, value) => state.set({ profile: { ...state.get("profile"), [feature]: value } }),
    // Add a film to those seen, or take it away.
    toggle: (name) => {
      const liked = state.get("liked"), others = liked.filter((other) => other !== name);
      see(others.length < liked.length ? others : [...liked, name]);
    },
    // Add the film whose name this is; gives whether there is one.
    like: (text) => {
      const { name } = data.names.lookUp(text, 1), liked = state.get("liked");
      if (name === null) state.set({ asked: text.trim() });
      else see(liked.includes(name) ? liked : [...liked, name]);
      return name !== null;
    },
    hide: (hidden) => state.set({ hidden }),
  };
}
