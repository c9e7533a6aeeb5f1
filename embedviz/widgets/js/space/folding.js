// Letters folded so that case does not count, as Python's str.casefold: Unicode's full case folding.

// Small letters that are folded further, such as ß to ss and ς to σ: to what their capitals are as small letters. Those
// of the second list, Cherokee, are folded to their capitals. All others stay: for them folding is toLowerCase.
const FURTHER = new RegExp("[" +
  "\\xb5\\xdf\\u0149\\u017f\\u01f0\\u0345\\u0390\\u03b0\\u03c2\\u03d0\\u03d1\\u03d5\\u03d6\\u03f0\\u03f1\\u03f5" +
  "\\u0587\\u1c80-\\u1c88\\u1e96-\\u1e9b\\u1f50\\u1f52\\u1f54\\u1f56\\u1f80-\\u1f87\\u1f90-\\u1f97\\u1fa0-\\u1fa7" +
  "\\u1fb2-\\u1fb4\\u1fb6\\u1fb7\\u1fbe\\u1fc2-\\u1fc4\\u1fc6\\u1fc7\\u1fd2\\u1fd3\\u1fd6\\u1fd7\\u1fe2-\\u1fe4" +
  "\\u1fe6\\u1fe7\\u1ff2-\\u1ff4\\u1ff6\\u1ff7\\ufb00-\\ufb06\\ufb13-\\ufb17]", "g");
const CHEROKEE = /[\u13f8-\u13fd\uab70-\uabbf]/g;

// A text without the difference between capitals and small letters, letter by letter: what a text holds, folded, is in
// the folded text.
export function folded(text) {
  const low = text.toLowerCase();
  return low.replace(FURTHER, (letter) => letter.toUpperCase().toLowerCase())
    .replace(CHEROKEE, (letter) => letter.toUpperCase());
}
