// The hierarchy of loggers, from their dotted names.

/**
 * @typedef {object} Node
 * @property {string} name whole; "root" for the root
 * @property {string} label its last part
 * @property {boolean} placeholder no record of its own is known, only of loggers below it
 * @property {Record<string, number>} counts of it and all below it
 * @property {Node[]} children by name
 * @property {number} depth
 */

/** What is counted where a record has no logger. */
export const NAMELESS = '';

/**
 * @param {Map<string, Record<string, number>>} loggers own counts by name
 * @returns {Node} the root
 */
export function build(loggers) {
  const root = node('root', '(root)', 0);
  const all = new Map([['root', root]]);
  for (const name of [...loggers.keys()].sort()) {
    const n = name === NAMELESS ? nameless(root) : place(all, root, name);
    n.placeholder = false;
    for (const level in loggers.get(name)) n.counts[level] = (n.counts[level] ?? 0) + loggers.get(name)[level];
  }
  sum(root);
  return root;
}

function node(name, label, depth) {
  return { name, label, placeholder: true, counts: {}, children: [], depth };
}

function nameless(root) {
  const n = node(NAMELESS, '(no name)', 1);
  root.children.push(n);
  return n;
}

/** The node of a name, with all above it. */
function place(all, root, name) {
  const found = all.get(name);
  if (found) return found;
  const dot = name.lastIndexOf('.');
  const above = dot > 0 ? place(all, root, name.slice(0, dot)) : root;
  const n = node(name, dot > 0 ? name.slice(dot + 1) : name, above.depth + 1);
  all.set(name, n);
  above.children.push(n);
  return n;
}

function sum(n) {
  for (const child of n.children) {
    sum(child);
    for (const level in child.counts) n.counts[level] = (n.counts[level] ?? 0) + child.counts[level];
  }
}

/**
 * The nodes that are seen, in their order.
 * @param {Node} root @param {Set<string>} folded names
 */
export function visible(root, folded) {
  const found = [];
  const walk = (n) => {
    found.push(n);
    if (!folded.has(n.name)) n.children.forEach(walk);
  };
  walk(root);
  return found;
}
