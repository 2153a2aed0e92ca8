// Tracebacks of Python, taken apart: sections of a chain of exceptions, frames, and which of them are the
// program's own.

/**
 * @typedef {{file: string, line: number, name: string, code: string[], own: boolean}} Frame
 * @typedef {{title: string, frames: Frame[], error: string}} Section title says how it follows from the one
 *   before; error is the last line, with what belongs to it
 */

const head = 'Traceback (most recent call last):';
const links = [
  'During handling of the above exception, another exception occurred:',
  'The above exception was the direct cause of the following exception:',
];
const frameLine = /^\s+File "(.*)", line (\d+)(?:, in (.*))?$/;
const libraries = /[\\/](site-packages|dist-packages)[\\/]|[\\/]lib[\\/]python\d|[\\/]Python\d+[\\/]Lib[\\/]|^<frozen |^<string>$|^<attrs/;

/** Whether a file is the program's own, not that of a library. @param {string} file */
export function isOwn(file) {
  return !libraries.test(file);
}

/**
 * Takes a traceback apart.
 * @param {string} text @returns {Section[] | null} null if it is no traceback of Python's that is understood
 */
export function parse(text) {
  if (!text.includes(head)) return null;
  const sections = [];
  let section = null;
  let title = '';
  for (const line of text.replace(/\r\n/g, '\n').split('\n')) {
    if (line.trim() === head) {
      section = { title, frames: [], error: '' };
      sections.push(section);
      title = '';
    } else if (links.includes(line.trim())) {
      title = line.trim().replace(/:$/, '');
    } else if (section) {
      take(section, line);
    }
  }
  for (const s of sections) s.error = s.error.replace(/\n+$/, '');
  return sections.some((s) => s.error) ? sections : null;
}

/** @param {Section} section @param {string} line */
function take(section, line) {
  const m = section.error ? null : frameLine.exec(line);
  if (m) section.frames.push({ file: m[1], line: Number(m[2]), name: m[3] ?? '', code: [], own: isOwn(m[1]) });
  else if (!section.error && /^\s+\S/.test(line) && section.frames.length) section.frames.at(-1).code.push(line.replace(/^ {4}/, ''));
  else if (line.trim() || section.error) section.error += (section.error ? '\n' : '') + line;
}

/**
 * What a row says of an exception: its last line and the innermost frame of the program's own.
 * @param {{type?: string, message?: string, traceback?: string}} exception @returns {{error: string, place: string}}
 */
export function brief(exception) {
  const text = exception.traceback ?? '';
  let error = exception.type ? exception.type + (exception.message ? `: ${exception.message}` : '') : '';
  const sections = parse(text);
  const section = sections?.at(-1);
  if (!error) error = section ? section.error.split('\n')[0] : text.trimEnd().split('\n').at(-1) ?? '';
  const frame = section?.frames.findLast((f) => f.own) ?? section?.frames.at(-1);
  return { error, place: frame ? `${base(frame.file)}:${frame.line}` : '' };
}

/** The last part of a path. @param {string} file */
export function base(file) {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

/**
 * Frames in runs: those of the program one by one, those of libraries together.
 * @param {Frame[]} frames @returns {{own: boolean, frames: Frame[]}[]}
 */
export function runs(frames) {
  const found = [];
  for (const frame of frames) {
    if (found.length && found.at(-1).own === frame.own) found.at(-1).frames.push(frame);
    else found.push({ own: frame.own, frames: [frame] });
  }
  return found;
}
