// Elements of a page.

/** An element with a class and a text. */
export function make(kind, name, text = '') {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  return made;
}
