// What a filter looks for, as regular expressions of the browser. Only the server knows the language; it says which
// texts are meant. This module is fetched when a view has a filter.

const MOST = 16;

// Letters, marks and numbers make a term, but for scripts that put no space between words: there each is one.
const term = '[\\p{L}\\p{M}\\p{N}]';
const alone = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]';
const startsTerm = new RegExp(`^(?!${alone})${term}`, 'u');
const endsTerm = new RegExp(`(?!${alone})${term}$`, 'u');
const notBehind = `(?<!(?!${alone})${term})`;
const notBefore = `(?!(?!${alone})${term})`;

/**
 * Makes marks of what the server says a filter looks for. What a browser cannot look for, or not in bounded time, is left
 * out: it is not marked, that is all.
 * @param {{name?: string, parts?: string[], regexp?: string, ignore_case?: boolean}[]} texts
 * @returns {import('./text.mjs').Mark[] | null}
 */
export function marksOf(texts) {
  const found = [];
  for (const t of texts.slice(0, MOST)) {
    const source = t.regexp || ofParts(t.parts ?? []);
    const most = t.regexp ? mostOf(t.regexp) : 100_000;
    if (!source || !most) continue;
    try {
      found.push({ name: t.name ?? '', pattern: new RegExp(source, t.regexp && !t.ignore_case ? 'gu' : 'giu'), most });
    } catch {
      // Go's syntax, and not JavaScript's
    }
  }
  return found.length ? found : null;
}

function ofParts(parts) {
  const kept = parts.filter(Boolean);
  if (kept.length === 0 || kept.length > 2) return '';
  const first = parts[0] && startsTerm.test(parts[0]) ? notBehind : '';
  const last = parts.at(-1) && endsTerm.test(parts.at(-1)) ? notBefore : '';
  return first + kept.map((p) => p.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('\\S{0,200}?') + last;
}

// Go's expressions take time in proportion to the text, JavaScript's to a power of it for each thing that repeats, and twice
// the time for each that may be one thing or another: an expression is held against so much of a text that it takes STEPS
// at most, and one that repeats what repeats against nothing.
const STEPS = 3e7;

function mostOf(source) {
  if (/^\^.*\$$/s.test(source)) return 0; // to mark the whole of a text says nothing
  if (source.length > 300) return 0;
  const bare = source.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x').replace(/\(\?/g, '(');
  if (/\)[*+?{]/.test(bare)) return 0;
  const repeats = bare.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0;
  const choices = bare.match(bare.includes('(') ? /[?|]/g : /[?]/g)?.length ?? 0;
  const most = Math.floor((STEPS / 2 ** choices) ** (1 / (repeats + 1)));
  return most < 100 ? 0 : Math.min(20_000, most);
}
