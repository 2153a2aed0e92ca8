// Questions to the server.

/** An answer that is an error; place is where in a filter it is. */
export class APIError extends Error {
  /** @param {number} status @param {{message?: string, column?: number, length?: number, hint?: string}} e */
  constructor(status, e) {
    super(e.message || `the server answered ${status}`);
    this.status = status;
    this.column = e.column ?? 0;
    this.length = e.length ?? 0;
    this.hint = e.hint ?? '';
  }
}

/**
 * An address with parameters; empty ones are left out.
 * @param {string} path @param {Record<string, unknown>} [parameters]
 */
export function address(path, parameters = {}) {
  const p = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value !== '' && value !== undefined && value !== null) p.set(key, String(value));
  const text = p.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * Asks, and returns the text of the answer.
 * @param {string} path @param {Record<string, unknown>} [parameters] @param {AbortSignal} [signal]
 */
export async function text(path, parameters, signal) {
  const response = await fetch(address(path, parameters), { signal, headers: { Accept: 'application/json' } });
  const body = await response.text();
  if (!response.ok) throw new APIError(response.status, errorOf(body));
  return body;
}

/** Asks, and returns what the answer holds. */
export async function ask(path, parameters, signal) {
  return JSON.parse(await text(path, parameters, signal));
}

/** Tells the server to do something. @param {string} path */
export async function post(path) {
  const response = await fetch(path, { method: 'POST' });
  if (!response.ok) throw new APIError(response.status, errorOf(await response.text()));
}

function errorOf(body) {
  try {
    return JSON.parse(body).error ?? {};
  } catch {
    return { message: body.trim().slice(0, 300) };
  }
}

/** Whether an error only says that nobody waits for the answer any more. */
export function isAbort(error) {
  return error?.name === 'AbortError';
}

/** All of some counts by level. @param {Record<string, number>} counts */
export function total(counts) {
  let sum = 0;
  for (const key in counts) sum += counts[key];
  return sum;
}
