// The terms of a filter, as far as chips need them: where each one begins and ends. What they mean is the
// server's business (docs/filter.md).

/**
 * Takes a filter apart into the terms that must all hold. One with an OR outside of parentheses is one term.
 * @param {string} filter @returns {string[]}
 */
export function split(filter) {
  const found = [];
  let at = 0;
  let not = '';
  while (at < filter.length) {
    if (/\s/.test(filter[at])) {
      at++;
      continue;
    }
    const end = endOf(filter, at);
    const term = filter.slice(at, end);
    at = end;
    if (term === 'OR') return [filter.trim()];
    if (term === 'AND') continue;
    if (term === 'NOT') {
      not += 'NOT ';
      continue;
    }
    found.push(not + term);
    not = '';
  }
  return not ? [...found, not.trim()] : found;
}

/** Where the term that begins at a place ends. @param {string} s @param {number} at */
function endOf(s, at) {
  let depth = 0;
  for (let i = at; i < s.length; i++) {
    const c = s[i];
    if (c === '\\') i++;
    else if (c === '"') i = endOfQuote(s, i);
    else if (c === '/' && (i === at || /[-(:=<>!]/.test(s[i - 1]))) i = endOfPattern(s, i);
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (/\s/.test(c) && depth <= 0) return i;
  }
  return s.length;
}

function endOfQuote(s, at) {
  for (let i = at + 1; i < s.length; i++) {
    if (s[i] === '\\') i++;
    else if (s[i] === '"') return i;
  }
  return s.length;
}

// A slash begins a pattern only if another one ends the word.
function endOfPattern(s, at) {
  for (let i = at + 1; i < s.length; i++) {
    if (s[i] === '\\') i++;
    else if (s[i] === '/' && /^i?([\s)]|$)/.test(s.slice(i + 1))) return i;
  }
  return at;
}

/** Whether a filter has an OR that another term beside it would be drawn into. @param {string} filter */
function loose(filter) {
  const terms = split(filter);
  return terms.length === 1 && terms[0] === filter.trim() && /(^|\s)OR(\s|$)/.test(filter) && !/^-?\(.*\)$/s.test(filter.trim());
}

/** A filter that wants a term too. @param {string} filter @param {string} term */
export function add(filter, term) {
  const now = filter.trim();
  if (split(now).includes(term)) return now;
  return now ? `${loose(now) ? `(${now})` : now} ${loose(term) ? `(${term})` : term}` : term;
}

/** A filter without one of its terms. @param {string} filter @param {string} term */
export function remove(filter, term) {
  const terms = split(filter);
  const at = terms.indexOf(term);
  return at < 0 ? filter.trim() : terms.filter((_, i) => i !== at).join(' ');
}

/** The opposite of a term. @param {string} term */
export function negate(term) {
  return term.startsWith('-') ? term.slice(1) : `-${loose(term) ? `(${term})` : term}`;
}

/** A text as the filter language quotes it. @param {string} text */
export function quote(text) {
  return /^[\p{L}\p{N}_.-]+$/u.test(text) && !/^(-|AND$|OR$|NOT$)/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The term that wants a field or attr to be a value. @param {string} name @param {string} value */
export function equals(name, value) {
  return `${/^[\p{L}\p{N}_./-]+$/u.test(name) && !name.startsWith('-') ? name : `"${name.replace(/["\\]/g, '\\$&')}"`}=${quote(value)}`;
}

/** A filter with terms that were switched off in it again. @param {{q: string, off: string[]}} view */
export function whole({ q, off }) {
  return off.reduce(add, q);
}
