import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieces } from '../app/text.mjs';

const said = (text, lines) => pieces(text, lines).map((p) => (p.kind ? `${p.kind}(${p.text})` : p.text)).join('|');

test('plain text stays one piece', () => {
  assert.equal(said('order 67254, 日本語, é, 👍'), 'order 67254, 日本語, é, 👍');
});

test('what is not seen is named', () => {
  assert.equal(said('a\nb'), 'a|odd(↵)|b');
  assert.equal(said('a\u0000b\u007f'), 'a|odd(␀)|b|odd(␡)');
  assert.equal(said('abc\u202edcba'), 'abc|odd(U+202E)|dcba');
  assert.equal(said('zero\u200bwidth'), 'zero|odd(U+200B)|width');
  assert.equal(said('lone \ud83d here'), 'lone |odd(U+D83D)| here');
  assert.equal(said('a\r\nb'), 'a|odd(↵)|b');
});

test('lines stay lines where there is room for them', () => {
  assert.equal(said('a\n\tb', true), 'a\n\tb');
  assert.equal(said('a\rb', true), 'a|odd(␍)|b');
});

test('colours become classes, other sequences are shown', () => {
  assert.equal(said('\u001b[31mred\u001b[0m plain'), 'fg1(red)| plain');
  assert.equal(said('\u001b[1;32mboth\u001b[22mgreen\u001b[39mnone'), 'bold fg2(both)|fg2(green)|none');
  assert.equal(said('\u001b[38;5;196mx'), 'x');
  assert.equal(said('\u001b[2Jgone'), 'odd(␛)|[2Jgone');
  assert.equal(said('\u001b]0;title\u0007'), 'odd(␛)|]0;title|odd(␇)');
});
