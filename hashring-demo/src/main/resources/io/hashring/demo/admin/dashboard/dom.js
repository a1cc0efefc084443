/**
 * Elements and numbers. What others wrote (names, keys, messages) enters the page here alone, as
 * text nodes and never as markup.
 */

/** What a browser would not show, or show elsewhere: controls, and marks that turn the text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export const byId = (id) => document.getElementById(id);

/** An element; properties whose names begin with "on" are listeners, others are attributes. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) {
      made.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== undefined) {
      made.setAttribute(name, value === true ? '' : value);
    }
  }
  made.append(...children);
  return made;
}

/** Sets a text only where it is another: what stays is not laid out again. */
export function say(where, text) {
  if (where.textContent !== text) {
    where.textContent = text;
  }
}

/** Somebody's text with what is unseen spelled out, and cut where it is very long. */
export function visible(text, most = 200) {
  const seen = text.replace(UNSEEN, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
  const letters = Array.from(seen);
  if (letters.length > most) {
    return `${letters.slice(0, most).join('')}…`;
  }
  return seen === '' ? '(empty)' : seen;
}

/** Somebody's text as an element whose direction is its own. */
export const quoted = (text) => element('bdi', { class: 'quoted' }, visible(text));

/** A part of the whole as 12.3 %, with three digits where it is small. */
export function percent(part) {
  const value = 100 * part;
  if (value === 0) {
    return '0 %';
  }
  const size = Math.floor(Math.log10(Math.abs(value)));
  return `${value.toFixed(size >= 0 ? 1 : Math.min(8, 2 - size))} %`;
}

/** A place on the circle, so fine that two ranges of 16,000 differ. */
export const place = (fraction) => `${(100 * fraction).toFixed(5)} %`;

export const ratio = (value) => `${value.toFixed(2)} ×`;

export const count = (value) => value.toLocaleString('en');

export const time = (at) => new Date(at).toLocaleTimeString('en', { hourCycle: 'h23' });

/** Words as in a sentence: a, b and c. */
export function listed(words) {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** Makes rows of what there is, keeping those that are there already; in the order of items. */
export function keepRows(body, rows, items, keyOf, make) {
  const wanted = new Set(items.map(keyOf));
  for (const [key, row] of rows) {
    if (!wanted.has(key)) {
      row.element.remove();
      rows.delete(key);
    }
  }
  items.forEach((item, i) => {
    const key = keyOf(item);
    let row = rows.get(key);
    if (row === undefined) {
      row = make(item);
      rows.set(key, row);
    }
    if (body.children[i] !== row.element) {
      body.insertBefore(row.element, body.children[i] ?? null);
    }
    row.update(item);
  });
}
