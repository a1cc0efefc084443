/** The last changes of the ring; one of them may be seen on the circle. */

import { byId, element, listed, percent, time } from './dom.js';

export class Changes {

  #list = byId('change-list');
  #changes = [];
  #shown = null;
  #highlight;

  /** @param highlight is told of the change to be seen, or null */
  constructor(highlight) {
    this.#highlight = highlight;
  }

  show(changes) {
    const same = changes.length === this.#changes.length
      && changes.every((change, i) => change.at === this.#changes[i].at);
    if (same && changes.length > 0) {
      return; // the focus stays where it is
    }
    this.#changes = changes;
    this.#write();
  }

  /** Shows none: something else is highlighted. */
  forget() {
    this.#shown = null;
    this.#press();
  }

  #write() {
    const items = this.#changes.map((change) => element('li', {},
        element('button', {
          type: 'button',
          class: 'change',
          'data-at': change.at,
          onclick: () => this.#toggle(change),
        },
        element('time', { datetime: change.at }, time(change.at)),
        element('span', {}, words(change)),
        element('strong', {}, percent(change.moved)))));
    this.#list.replaceChildren(...(items.length > 0
      ? items
      : [element('li', { class: 'muted' }, 'None since the balancer started.')]));
    this.#press();
  }

  #toggle(change) {
    this.#shown = this.#shown === change.at ? null : change.at;
    this.#press();
    this.#highlight(this.#shown === null ? null : change);
  }

  #press() {
    for (const button of this.#list.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', button.dataset.at === this.#shown);
    }
  }
}

function words({ joined = [], left = [], reweighted = [] }) {
  const said = [];
  if (joined.length > 0) {
    said.push(`${listed(joined)} joined`);
  }
  if (left.length > 0) {
    said.push(`${listed(left)} left`);
  }
  for (const { node, from, to } of reweighted) {
    said.push(`${node} weighs ${to}, not ${from}`);
  }
  return said.length > 0 ? said.join('; ') : 'nothing but the order';
}
