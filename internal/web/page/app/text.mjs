// Text of strangers, made safe to look at. Nothing here makes markup: the pieces become text nodes.

/**
 * @typedef {{text: string, kind: string}} Piece kind is a class, or empty
 * @typedef {{name: string, pattern: RegExp, most: number}} Mark what is looked for: name says where, and is empty for everywhere;
 *   most in how many characters of a text
 */

// What a browser would obey, hide, or draw as nothing: controls, marks of direction, widthless
// characters, lone surrogates.
const odd = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const oddAll = new RegExp(odd.source, 'g');

// A sequence of a terminal: colours are kept as classes, the rest is shown.
const sgr = /\u001b\[([0-9;]*)m/g;

/** @param {string} text */
export function isPlain(text) {
  return !odd.test(text);
}

/**
 * The name that a character is shown by.
 * @param {string} c one UTF-16 unit
 */
export function nameOf(c) {
  const n = c.charCodeAt(0);
  if (c === '\n') return '↵';
  if (c === '\t') return '⇥';
  if (n < 0x20) return String.fromCharCode(0x2400 + n);
  if (n === 0x7f) return '␡';
  return `U+${n.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Takes a text apart into pieces that can be shown: characters that are not seen become their names, and colours of
 * a terminal become classes.
 * @param {string} text
 * @param {boolean} [lines] leave line ends and tabs as they are, for a place that shows several lines
 * @returns {Piece[]}
 */
export function pieces(text, lines = false) {
  if (isPlain(text)) return [{ text, kind: '' }];
  const found = [];
  let at = 0;
  let style = '';
  for (const m of text.matchAll(sgr)) {
    plain(found, text.slice(at, m.index), style, lines);
    style = colours(style, m[1]);
    at = m.index + m[0].length;
  }
  plain(found, text.slice(at), style, lines);
  return found;
}

/** @param {Piece[]} found @param {string} text @param {string} style @param {boolean} lines */
function plain(found, text, style, lines) {
  let at = 0;
  for (const m of text.matchAll(oddAll)) {
    const c = m[0];
    if (lines && (c === '\n' || c === '\t')) continue;
    if (c === '\r' && text[m.index + 1] === '\n') {
      if (m.index > at) found.push({ text: text.slice(at, m.index), kind: style });
      at = m.index + 1;
      continue;
    }
    if (m.index > at) found.push({ text: text.slice(at, m.index), kind: style });
    found.push({ text: nameOf(c), kind: 'odd' });
    at = m.index + c.length;
  }
  if (at < text.length) found.push({ text: text.slice(at), kind: style });
}

/**
 * What is looked for in a place.
 * @param {Mark[] | null} marks @param {string} name of the place @returns {Mark[] | null}
 */
export function marksIn(marks, name) {
  const found = marks?.filter((m) => !m.name || name === m.name || name.startsWith(`${m.name}.`) || m.name.startsWith(`${name}.`));
  return found?.length ? found : null;
}

/**
 * Takes pieces further apart, so that what is looked for has pieces of its own, of the kind "hit".
 * @param {Piece[]} found @param {Mark[] | null} marks @returns {Piece[]}
 */
export function marked(found, marks) {
  return marks ? found.flatMap((p) => (p.kind === 'odd' ? p : markPiece(p, marks))) : found;
}

function markPiece({ text, kind }, marks) {
  const hits = marks
    .flatMap((m) => [...text.slice(0, m.most).matchAll(m.pattern)].map((m) => [m.index, m.index + m[0].length]))
    .filter(([from, to]) => to > from)
    .sort((a, b) => a[0] - b[0]);
  const split = [];
  let at = 0;
  for (const [from, to] of hits) {
    if (to <= at) continue;
    if (from > at) split.push({ text: text.slice(at, from), kind });
    split.push({ text: text.slice(Math.max(at, from), to), kind: `${kind} hit`.trim() });
    at = to;
  }
  if (at < text.length) split.push({ text: text.slice(at), kind });
  return split;
}

/**
 * The classes after a sequence that sets colours.
 * @param {string} style @param {string} codes such as "1;31"
 */
function colours(style, codes) {
  let classes = new Set(style.split(' ').filter(Boolean));
  const drop = (start) => (classes = new Set([...classes].filter((c) => !c.startsWith(start))));
  const list = codes.split(';').map(Number);
  for (let i = 0; i < list.length; i++) {
    const n = list[i];
    if (n === 0) classes.clear();
    else if (n === 1) classes.add('bold');
    else if (n === 3) classes.add('slant');
    else if (n === 4) classes.add('under');
    else if (n === 22) drop('bold');
    else if (n === 23) drop('slant');
    else if (n === 24) drop('under');
    else if (n === 39) drop('fg');
    else if (n === 38 || n === 48) i += list[i + 1] === 5 ? 2 : 4;
    else if ((n >= 30 && n <= 37) || (n >= 90 && n <= 97)) {
      drop('fg');
      classes.add(`fg${n % 10}`);
    }
  }
  return [...classes].join(' ');
}

/**
 * Puts text into an element in place of what is there.
 * @param {Element} element @param {string} text @param {Mark[] | null} [marks] what to mark in it
 */
export function fill(element, text, marks = null) {
  if (!marks && isPlain(text)) element.textContent = text;
  else fillPieces(element, marked(pieces(text), marks));
}

/** Puts pieces into an element in place of what is there. @param {Element} element @param {Piece[]} found */
export function fillPieces(element, found) {
  element.replaceChildren(
    ...found.map((piece) => {
      if (!piece.kind) return document.createTextNode(piece.text);
      const span = document.createElement('span');
      span.className = piece.kind;
      span.textContent = piece.text;
      return span;
    }),
  );
}
