// One row of the list in plain DOM. Rows are made once for a screen and used again for other records.

import { moment } from './entries.mjs';
import { band } from './levels.mjs';
import { fill, fillPieces, marked, marksIn, pieces } from './text.mjs';
import { count, many, parts, span, whole } from './times.mjs';
import { brief } from './traceback.mjs';

// As much as a wide screen shows on one line, or on three.
const LINE = 500;
const attrLimit = 24;

/** @typedef {{zone: string, today: string, relative: number, columns: string[], wrap: boolean, marks: import('./text.mjs').Mark[] | null}} Style */

export class Row {
  /** @param {number} n its number on the screen */
  constructor(n) {
    this.element = document.createElement('div');
    this.element.className = 'row';
    this.element.id = `row-${n}`;
    this.element.setAttribute('role', 'row');
    this.key = '';
    this.time = this.cell('time');
    this.level = this.cell('level');
    this.logger = this.cell('logger');
    this.columns = [];
    this.text = this.cell('text');
    this.message = this.part('message');
    this.times = this.part('times');
    this.error = this.part('error');
    this.place = this.part('place');
    this.attrs = this.part('attrs');
    this.gap = null;
  }

  cell(name) {
    const e = document.createElement('span');
    e.className = name;
    e.setAttribute('role', 'gridcell');
    this.element.append(e);
    return e;
  }

  part(name) {
    const e = document.createElement('span');
    e.className = name;
    this.text.append(e);
    return e;
  }

  /**
   * Shows what is at an index.
   * @param {number} index @param {import('./entries.mjs').Entry | undefined} entry @param {number} top in pixels
   * @param {Style} style @param {boolean} selected
   */
  show(index, entry, top, style, selected) {
    this.element.style.transform = `translateY(${top}px)`;
    this.element.hidden = false;
    if (this.index !== index) {
      this.index = index;
      this.element.setAttribute('aria-rowindex', String(index + 2)); // the first row is that of the headings
    }
    if (this.entry === entry && this.version === entry?.version && this.style === style && this.selected === selected) return;
    this.entry = entry;
    this.version = entry?.version;
    this.style = style;
    this.selected = selected;
    this.draw(entry, style, selected);
  }

  hide() {
    this.element.hidden = true;
    this.entry = undefined;
    this.style = null;
  }

  draw(entry, style, selected) {
    const { element } = this;
    element.setAttribute('aria-selected', String(selected));
    if (entry?.kind === 'records') {
      this.drawRecord(entry, style, selected);
      return;
    }
    for (const e of [this.time, this.level, this.logger, this.message, this.times, this.error, this.place, this.attrs, ...this.columns]) e.textContent = '';
    this.setColumns([], null);
    element.removeAttribute('title');
    element.className = `row ${entry ? entry.kind : 'blank'}${selected ? ' selected' : ''}`;
    if (entry?.kind === 'gap') this.drawGap(entry.gap);
    else this.dropGap();
    if (entry?.kind === 'mark') this.message.textContent = `marked at ${parts(entry.time, style.zone).minute}:${parts(entry.time, style.zone).second.slice(0, 2)}`;
  }

  drawRecord(entry, style, selected) {
    const r = entry.record;
    const level = band(r.level);
    this.dropGap();
    this.element.className = `row record ${level.name}${selected ? ' selected' : ''}`;
    this.drawTime(entry, style);
    this.level.textContent = level.letter;
    this.level.title = r.levelname && r.levelname !== r.level ? `${r.level} (${r.levelname})` : r.level;
    fill(this.logger, r.logger ?? '');
    this.logger.title = r.logger ?? '';
    this.setColumns(style.columns, r.attrs, style.marks);
    fill(this.message, (r.message ?? '').slice(0, style.wrap ? LINE * 3 : LINE), marksIn(style.marks, 'message'));
    this.times.textContent = entry.records > 1 ? `×${count(entry.records)}` : '';
    this.times.title = entry.records > 1 ? `${count(entry.records)} equal records within ${span(Date.parse(entry.last.time) - Date.parse(r.time))}` : '';
    const said = r.exception ? brief(r.exception) : null;
    fill(this.error, (said?.error ?? '').slice(0, LINE), marksIn(style.marks, 'exception'));
    fill(this.place, said?.place ?? '');
    this.drawAttrs(r.attrs ?? {}, style);
  }

  drawTime(entry, style) {
    const ms = moment(entry);
    if (Number.isNaN(ms)) {
      this.time.textContent = '–';
      this.time.title = 'no time is known';
      return;
    }
    const p = parts(ms, style.zone);
    this.time.textContent = !Number.isNaN(style.relative)
      ? `${ms < style.relative ? '−' : '+'}${span(Math.abs(ms - style.relative))}`
      : p.day === style.today ? `${p.minute}:${p.second}` : `${p.day.slice(5)} ${p.minute}:${p.second.slice(0, 2)}`;
    this.time.title = whole(ms, style.zone);
  }

  drawAttrs(attrs, style) {
    const shown = shownAttrs(attrs, style.columns);
    if (!style.marks) fill(this.attrs, shown.map(([name, text]) => name + text).join('  '));
    else fillPieces(this.attrs, shown.flatMap(([name, text], i) => [...pieces((i ? '  ' : '') + name), ...marked(pieces(text), marksIn(style.marks, name.slice(0, -1)))]));
  }

  setColumns(names, attrs, marks = null) {
    while (this.columns.length > names.length) this.columns.pop().remove();
    while (this.columns.length < names.length) {
      const e = document.createElement('span');
      e.className = 'column';
      e.setAttribute('role', 'gridcell');
      this.text.before(e);
      this.columns.push(e);
    }
    names.forEach((name, i) => fill(this.columns[i], attrs ? valueText(valueOf(attrs, name)).slice(0, 200) : '', marksIn(marks, name)));
  }

  drawGap(gap) {
    this.message.textContent = `${gap.at_least ? 'at least ' : ''}${many(gap.records, 'record')} not shown${gap.why ? `: ${gap.why}` : ''}`;
    if (!this.gap) {
      this.gap = document.createElement('button');
      this.gap.type = 'button';
      this.gap.className = 'load';
      this.gap.tabIndex = -1;
      this.gap.textContent = 'load';
      this.text.append(this.gap);
    }
    this.gap.hidden = !gap.from;
  }

  dropGap() {
    this.gap?.remove();
    this.gap = null;
  }
}

/** A member of attrs by its dotted name. */
export function valueOf(attrs, name) {
  if (name in attrs) return attrs[name];
  let v = attrs;
  for (const part of name.split('.')) v = v?.[part];
  return v;
}

function valueText(v) {
  if (v === undefined) return '';
  return typeof v === 'string' ? v : JSON.stringify(v);
}

/** Attrs for one line, without those that have a column: name with its sign, and value. @returns {[string, string][]} */
function shownAttrs(attrs, columns) {
  const found = [];
  for (const name in attrs) {
    if (columns.includes(name)) continue;
    if (found.length >= attrLimit) {
      found.push(['…', '']);
      break;
    }
    found.push([`${name}=`, valueText(attrs[name]).slice(0, 120)]);
  }
  return found;
}
