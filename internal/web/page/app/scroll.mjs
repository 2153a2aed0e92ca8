// How far a list is scrolled, where it is taller than browsers let an element be (Chromium 33 million
// pixels, Firefox 18). Up to a height the scroll bar says it exactly. Beyond, a step of the wheel still moves
// by its pixels, a jump of the thumb by its share of the whole, and at rest the thumb is put where it belongs.

/** The tallest element that every browser draws. */
export const TALLEST = 15_000_000;

export class Scroll {
  constructor() {
    this.height = 0; // of all rows
    this.page = 0; // what is seen of it
    this.top = 0; // the pixel of the rows that is on top
    this.bar = 0; // where the scroll bar was last seen
  }

  /** The height of the element that makes the scroll bar. */
  get spacer() {
    return Math.min(this.height, TALLEST);
  }

  get last() {
    return Math.max(0, this.height - this.page);
  }

  get lastBar() {
    return Math.max(0, this.spacer - this.page);
  }

  /** Where the scroll bar should be for the rows that are on top. */
  get wanted() {
    return this.last === 0 ? 0 : this.height <= TALLEST ? this.top : (this.top / this.last) * this.lastBar;
  }

  /**
   * Takes note of a new height; what is on top stays there.
   * @param {number} height @param {number} page
   */
  resize(height, page) {
    this.height = height;
    this.page = page;
    this.top = Math.min(this.top, this.last);
  }

  /** Goes to a pixel of the rows. @param {number} top */
  go(top) {
    this.top = Math.max(0, Math.min(top, this.last));
    this.bar = this.wanted;
  }

  /**
   * The scroll bar was moved.
   * @param {number} bar where it is now
   */
  moved(bar) {
    const step = bar - this.bar;
    this.bar = bar;
    if (this.height <= TALLEST) this.top = bar;
    else if (bar <= 0) this.top = 0;
    else if (bar >= this.lastBar - 1) this.top = this.last;
    else if (Math.abs(step) > this.page) this.top = (bar / this.lastBar) * this.last;
    else this.top += step;
    this.top = Math.max(0, Math.min(this.top, this.last));
  }
}
