/** Requests as they land, and where the circle is hot. */

import { byId, count, element, percent, place, quoted, say } from './dom.js';
import { chip, paint } from './look.js';

const MOST_ROWS = 12;
const MOST_KEYS = 8;

export class Traffic {

  #rows = byId('live-table').tBodies[0];
  #top = byId('top-table').tBodies[0];
  #canvas = byId('heat');
  #heat = [];
  #lookUp;

  /** @param lookUp is told of a key to be looked up */
  constructor(lookUp) {
    this.#lookUp = lookUp;
    new ResizeObserver(() => this.draw()).observe(this.#canvas);
  }

  show({ sample, heat, top, k, errorAtMost, halfLife }, ownersOf) {
    this.#showSample(sample);
    this.#heat = heat;
    this.draw();
    this.#showHeat(heat, halfLife, ownersOf);
    this.#showTop(top, k, errorAtMost);
  }

  #showSample(sample) {
    const rows = sample.slice(-MOST_ROWS).reverse().map(({ key, node, status }) =>
      element('tr', {},
          element('td', {}, this.#keyButton(key)),
          element('td', {},
              ...(node ? [chip({ name: node, state: 'up' }), node] : ['no node'])),
          element('td', { class: status >= 500 ? 'number bad' : 'number' }, String(status))));
    this.#rows.prepend(...rows);
    while (this.#rows.rows.length > MOST_ROWS) {
      this.#rows.lastElementChild.remove();
    }
  }

  #keyButton(key) {
    return element('button', {
      type: 'button',
      class: 'key',
      title: 'Look it up',
      onclick: () => this.#lookUp(key),
    }, quoted(key));
  }

  #showHeat(heat, halfLife, ownersOf) {
    const sum = heat.reduce((all, one) => all + one, 0);
    if (sum === 0) {
      say(byId('heat-words'), 'No request has come while this page was open.');
      return;
    }
    const most = Math.max(...heat);
    const i = heat.indexOf(most);
    const n = heat.length;
    say(byId('heat-words'),
        `The hottest of ${n} parts of the circle, from ${place(i / n).replace(/0+ %/, ' %')}, has `
        + `${percent(most / sum)} of the requests, ${(most * n / sum).toFixed(1)} × the mean. `
        + `Its owners: ${ownersOf(i / n, (i + 1) / n)}. `
        + `A request counts half after ${halfLife} s.`);
  }

  #showTop(top, k, errorAtMost) {
    say(byId('top-caption'), `Keys that come most often, by a sketch of ${k} counters: no count is`
      + ` too high by more than ${errorAtMost}, nor is a key with more missing.`);
    this.#top.replaceChildren(...top.slice(0, MOST_KEYS).map(({ key, count: requests, error }) =>
      element('tr', {},
          element('td', {}, this.#keyButton(key)),
          element('td', { class: 'number' }, count(requests)),
          element('td', { class: 'number' }, count(error)))));
  }

  /** The circle laid out as a line, from its top clockwise. */
  draw() {
    const canvas = this.#canvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    const most = Math.max(0, ...this.#heat);
    if (width === 0) {
      return;
    }
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    const context = canvas.getContext('2d');
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const hot = paint('--bad');
    const warm = paint('--heat');
    context.fillStyle = paint('--track');
    context.fillRect(0, height - 1, width, 1);
    for (const [i, value] of this.#heat.entries()) {
      const tall = most === 0 ? 0 : (height - 1) * value / most;
      const step = width / this.#heat.length;
      context.fillStyle = value === most ? hot : warm;
      context.fillRect(i * step, height - 1 - tall, Math.max(1, step - 0.5), tall);
    }
  }
}
