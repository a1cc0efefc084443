/** The nodes in a table: state, share against weight, load; and the balance in words. */

import { byId, count, element, keepRows, listed, percent, ratio, say } from './dom.js';
import { STATES, chip, stateOf, wear } from './look.js';

/** The bar of a share ends at so many mean shares. */
const BAR_END = 2;

export class Nodes {

  #body = byId('node-table').tBodies[0];
  #rows = new Map();
  #alone = null;
  #chosen;
  #planned;

  /**
   * @param chosen is told of the node to be seen alone, or null
   * @param planned is told of an action and a node, to be put on paper
   */
  constructor({ chosen, planned }) {
    this.#chosen = chosen;
    this.#planned = planned;
  }

  show(nodes) {
    const all = [...nodes.values()];
    const weights = all.reduce((sum, node) => sum + node.weightNow, 0);
    const most = Math.max(0, ...all.map((node) => Math.max(node.share, node.weightNow / weights)));
    const end = Math.max(most, Math.min(1, BAR_END / Math.max(1, all.length)));
    const items = all.map((node) => ({ node, weights, end }));
    keepRows(this.#body, this.#rows, items, ({ node }) => node.name, ({ node }) => this.#row(node));
  }

  showAlone(name) {
    this.#alone = name;
    for (const [each, row] of this.#rows) {
      row.button.setAttribute('aria-pressed', each === name);
    }
  }

  #row({ name }) {
    const patch = chip({ name, state: 'up' });
    const button = element('button', {
      type: 'button',
      class: 'name',
      'aria-pressed': this.#alone === name,
      onclick: () => this.#chosen(this.#alone === name ? null : name),
    }, patch, element('bdi', {}, name));
    const cells = {
      state: element('td', { role: 'cell', 'data-label': 'State' }),
      weight: number('Weight'),
      share: element('span', { class: 'figure' }),
      bar: element('span', { class: 'bar', 'aria-hidden': 'true' }),
      inFlight: number('In flight'),
      requests: number('Requests'),
      errors: number('Errors'),
    };
    const actions = element('td', { role: 'cell', class: 'actions' });
    for (const [action, word] of [['weights', 'Weigh'], ['drain', 'Drain'], ['remove', 'Remove']]) {
      actions.append(element('button', {
        type: 'button',
        class: 'small',
        'data-action': action,
        'aria-label': `${word} ${name} on paper`,
        onclick: () => this.#planned(action, name),
      }, word));
    }
    const row = element('tr', { role: 'row', 'data-node': name },
        element('th', { scope: 'row', role: 'rowheader' }, button),
        cells.state,
        cells.weight,
        element('td', { role: 'cell', 'data-label': 'Share', class: 'share' },
            cells.bar, cells.share),
        cells.inFlight,
        cells.requests,
        cells.errors,
        actions);
    return {
      element: row,
      button,
      update: (item) => update(patch, cells, actions, item),
    };
  }
}

const number = (label) =>
  element('td', { role: 'cell', class: 'number', 'data-label': label });

function update(patch, cells, actions, { node, weights, end }) {
  const state = stateOf(node);
  wear(patch, node);
  patch.dataset.state = state;
  const { sign, word } = STATES[state];
  const part = state === 'warming' ? ` (${Math.round(100 * node.weightNow / node.weight)} %)` : '';
  say(cells.state, `${sign} ${word}${part}`);
  cells.state.className = `state ${state}`;
  cells.state.title = node.reason ?? '';
  say(cells.weight, node.leaving ? '' : String(node.weight));
  const asked = weights > 0 ? node.weightNow / weights : 0;
  say(cells.share, node.leaving
    ? 'leaves when its requests have ended'
    : `${percent(node.share)}${asked > 0 ? `, ${ratio(node.share / asked)}` : ''}`);
  wear(cells.bar, node);
  cells.bar.hidden = node.leaving;
  cells.bar.style.setProperty('--share', node.share / end);
  cells.bar.style.setProperty('--asked', asked / end);
  const cap = Number.isFinite(node.cap) ? ` of ${count(node.cap)}` : '';
  say(cells.inFlight, `${count(node.inFlight ?? 0)}${cap}`);
  cells.inFlight.classList.toggle('full', cap !== '' && node.inFlight >= node.cap);
  say(cells.requests, count(node.requests ?? 0));
  say(cells.errors, count(node.errors ?? 0));
  cells.errors.classList.toggle('bad', node.errors > 0);
  for (const button of actions.children) {
    button.disabled = node.leaving;
  }
}

/** "The busiest has 1.13 × its share; 5 probes would give 1.04 ×, and 640 points 1.06 ×." */
export function balanceInWords({ peak, busiest, points, probes, advice, rounding }) {
  if (!busiest) {
    return 'No node has keys.';
  }
  const last = (ways) => ways[ways.length - 1];
  const better = [
    [last(advice.filter((way) => way.points === points && way.probes > probes)),
      (way) => `${way.probes} probes`],
    [last(advice.filter((way) => way.points > points && way.probes === probes)),
      (way) => `${count(way.points)} points a node`],
  ];
  const ways = better.filter(([way]) => way && way.peak < peak)
      .map(([way, words]) => `${words(way)} would give ${ratio(way.peak)}`);
  const now = `${busiest} is the busiest for its weight: it has ${ratio(peak)} the share that its `
    + `weight asks for, with ${points} points a node`;
  const off = rounding.map(({ node, off }) =>
    ` Whole points give ${node} ${percent(Math.abs(off))} ${off > 0 ? 'more' : 'less'}.`);
  return `${now}${ways.length > 0 ? `; ${listed(ways)}` : ''}.${off.slice(0, 3).join('')}`;
}
