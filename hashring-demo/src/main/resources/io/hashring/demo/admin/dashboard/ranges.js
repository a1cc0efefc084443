/** All ranges as a table, page by page: what the circle shows, in text. */

import { byId, count, element, percent, place } from './dom.js';
import { chip } from './look.js';

const PAGE = 40;

export class Ranges {

  #details = byId('ranges');
  #body = byId('ranges-body');
  #arcs = null;
  #alone = null;
  #page = 0;

  constructor() {
    this.#details.addEventListener('toggle', () => this.#write());
  }

  show(arcs) {
    this.#arcs = arcs;
    this.#write();
  }

  showAlone(name) {
    this.#alone = name;
    this.#page = 0;
    this.#write();
  }

  #write() {
    if (!this.#details.open || this.#arcs === null) {
      return;
    }
    const arcs = this.#arcs;
    const all = [];
    for (let i = 0; i < arcs.length; i++) {
      if (this.#alone === null || arcs.owner(i) === this.#alone) {
        all.push(i);
      }
    }
    const pages = Math.max(1, Math.ceil(all.length / PAGE));
    this.#page = Math.min(this.#page, pages - 1);
    const rows = all.slice(this.#page * PAGE, (this.#page + 1) * PAGE).map((i) =>
      element('tr', {},
          element('td', { class: 'number' }, place((arcs.start(i) + 1) % 1)),
          element('td', { class: 'number' }, place(arcs.end(i))),
          element('td', { class: 'number' }, percent(arcs.size(i))),
          element('th', { scope: 'row' },
              chip({ name: arcs.owner(i), state: 'up' }), arcs.owner(i))));
    const heads = ['After', 'Up to', 'Share', 'Node'].map((head, i) =>
      element('th', { scope: 'col', class: i < 3 ? 'number' : '' }, head));
    const whose = this.#alone === null ? 'of all nodes' : `of ${this.#alone}`;
    this.#body.replaceChildren(
        element('table', {},
            element('caption', {},
                `${count(all.length)} ranges ${whose}, page ${this.#page + 1} of ${pages}`),
            element('thead', {}, element('tr', {}, ...heads)),
            element('tbody', {}, ...rows)),
        element('div', { class: 'fields' },
            this.#turn('Back', -1, this.#page === 0),
            this.#turn('On', 1, this.#page === pages - 1)));
  }

  #turn(word, step, disabled) {
    return element('button', {
      type: 'button',
      disabled,
      onclick: () => {
        this.#page += step;
        this.#write();
        const buttons = [...this.#body.querySelectorAll('button')];
        (buttons.find((b) => b.textContent === word && !b.disabled) ?? buttons[0]).focus();
      },
    }, word);
  }
}
