// JSON as it stands. JSON.parse rounds large numbers, forgets 1.0 and all but the last of equal keys; who
// looks at a record closely must see what is there.

/**
 * @typedef {{kind: 'object', members: [string, Value][]} | {kind: 'array', items: Value[]} |
 *   {kind: 'string', text: string} | {kind: 'number' | 'word', text: string}} Value
 */

/**
 * Reads JSON.
 * @param {string} text @returns {{value: Value, source: (path: string) => string}} source gives the text of a
 *   member of the outermost object
 */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value();
  return { value, source: (key) => reader.sources.get(key) ?? '' };
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
    this.sources = new Map();
  }

  space() {
    while (' \n\r\t'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  /** @returns {Value} */
  value() {
    this.space();
    const c = this.text[this.at];
    if (c === '{') return this.object();
    if (c === '[') return this.array();
    if (c === '"') return { kind: 'string', text: this.string() };
    const rest = /[^\s,\]}]*/y;
    rest.lastIndex = this.at;
    const word = rest.exec(this.text)[0];
    if (!word) throw new SyntaxError(`no JSON at ${this.at}`);
    this.at += word.length;
    return { kind: /^[-\d]/.test(word) ? 'number' : 'word', text: word };
  }

  string() {
    const start = this.at++;
    for (; this.at < this.text.length && this.text[this.at] !== '"'; this.at++) if (this.text[this.at] === '\\') this.at++;
    this.at++;
    return JSON.parse(this.text.slice(start, this.at));
  }

  object() {
    const members = [];
    this.depth++;
    this.each('}', () => {
      this.space();
      const key = this.string();
      this.space();
      this.at++; // the colon
      this.space();
      const from = this.at;
      const value = this.value();
      if (this.depth === 1) this.sources.set(key, this.text.slice(from, this.at));
      members.push([key, value]);
    });
    this.depth--;
    return { kind: 'object', members };
  }

  array() {
    const items = [];
    this.depth++;
    this.each(']', () => items.push(this.value()));
    this.depth--;
    return { kind: 'array', items };
  }

  each(end, one) {
    this.at++;
    for (;;) {
      this.space();
      if (this.at >= this.text.length) throw new SyntaxError('JSON ends early');
      if (this.text[this.at] === end) break;
      one();
      this.space();
      if (this.text[this.at] === ',') this.at++;
    }
    this.at++;
  }
}

/** The JSON of a value on one line, as it stood but for spaces. @param {Value} value @returns {string} */
export function format(value) {
  if (value.kind === 'object') return `{${value.members.map(([k, v]) => `${JSON.stringify(k)}: ${format(v)}`).join(', ')}}`;
  if (value.kind === 'array') return `[${value.items.map(format).join(', ')}]`;
  return value.kind === 'string' ? JSON.stringify(value.text) : value.text;
}

/**
 * The leaves of an object, each with the name that the filter language has for it.
 * @param {Value} value @param {string} [above]
 * @returns {{name: string, value: Value}[]}
 */
export function leaves(value, above = '') {
  if (value.kind !== 'object') return [];
  return value.members.flatMap(([key, v]) => {
    const name = above ? `${above}.${key}` : key;
    return v.kind === 'object' && v.members.length ? leaves(v, name) : [{ name, value: v }];
  });
}
