/** Changes on paper: what they would move, and then, if that is wanted, the change itself. */

import { Refusal, post } from './api.js';
import { byId, element, percent, ratio, say } from './dom.js';
import { chip } from './look.js';

/** The status for a plan that was made for another ring. */
const STALE = 412;

const WORDS = {
  add: ({ name, weight, address }) =>
    `add ${name}${address ? ` at ${address}` : ''} with weight ${weight}`,
  remove: (step) => `remove ${step.name}, once its requests have ended`,
  drain: (step) => `drain ${step.name}: no new keys, and it stays a member`,
  weights: (step) => `weigh ${step.name} as ${step.weight}`,
};

export class Plan {

  #action = byId('plan-action');
  #name = byId('plan-name');
  #address = byId('plan-address');
  #node = byId('plan-node');
  #weight = byId('plan-weight');
  #doIt = byId('do-it');
  #again = byId('plan-again');
  #gains = byId('gains');
  #steps = new Map();
  #nodes = new Map();
  #checksum = null;
  #planned = null;
  #isDoing = false;
  #startsThem = true;
  #question = new AbortController();
  #highlight;
  #done;

  /**
   * @param highlight is told what the plan moves, or null
   * @param done is told what a change has moved, when it is made
   */
  constructor({ highlight, done }) {
    this.#highlight = highlight;
    this.#done = done;
    this.#action.addEventListener('change', () => this.#fields());
    byId('plan-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#put();
    });
    this.#doIt.addEventListener('click', () => this.#change());
    this.#again.addEventListener('click', () => this.#ask());
    byId('clear').addEventListener('click', () => this.#clear());
  }

  /** @param startsThem whether the balancer starts what joins, and need not be told where it is */
  show(checksum, nodes, startsThem) {
    this.#nodes = nodes;
    this.#startsThem = startsThem;
    this.#fields();
    this.#checksum = checksum;
    const names = [...nodes.values()].filter((node) => !node.leaving).map((node) => node.name);
    const kept = this.#node.value;
    this.#node.replaceChildren(...names.map((name) => element('option', { value: name }, name)));
    if (names.includes(kept)) {
      this.#node.value = kept;
    }
    if (this.#name.value === '' || nodes.has(this.#name.value)) {
      this.#name.value = this.#freeName();
    }
    if (this.#isStale()) {
      this.#tellStale();
    }
  }

  /** Puts a step of the table on paper, or asks for the weight first. */
  start(action, name) {
    this.#action.value = action;
    this.#fields();
    this.#node.value = name;
    if (action === 'weights') {
      this.#weight.value = this.#nodes.get(name).weight;
      this.#weight.focus();
      this.#weight.select();
    } else {
      this.#put();
      byId('plan').scrollIntoView({ block: 'nearest' });
    }
  }

  #freeName() {
    let i = 1;
    while (this.#nodes.has(`server${i}`) || this.#steps.has(`server${i}`)) {
      i++;
    }
    return `server${i}`;
  }

  #fields() {
    const action = this.#action.value;
    byId('plan-new').hidden = action !== 'add';
    byId('plan-where').hidden = action !== 'add' || this.#startsThem;
    byId('plan-old').hidden = action === 'add';
    byId('plan-weighs').hidden = action !== 'add' && action !== 'weights';
  }

  #put() {
    const action = this.#action.value;
    const name = (action === 'add' ? this.#name : this.#node).value.trim();
    const weight = Number(this.#weight.value);
    const weighs = action === 'add' || action === 'weights';
    if (weighs && (this.#weight.value === '' || !Number.isFinite(weight))) {
      this.#refuse('A weight must be a number.');
      return;
    }
    const address = this.#address.value.trim() || undefined;
    this.#steps.set(name, { action, name, weight, address });
    this.#address.value = '';
    this.#name.value = this.#freeName();
    this.#weight.value = 1;
    this.#write();
    this.#ask();
  }

  #refuse(message) {
    byId('outcome').replaceChildren(element('p', { class: 'bad' }, message));
  }

  #write() {
    const items = [...this.#steps.values()].map((step) => element('li', {},
        element('bdi', {}, WORDS[step.action](step)),
        element('button', {
          type: 'button',
          class: 'small',
          'aria-label': `Take ${step.name} off the paper`,
          onclick: () => this.#takeOff(step.name),
        }, 'Take off')));
    byId('paper').replaceChildren(...items);
    byId('plan-buttons').hidden = items.length === 0;
  }

  #takeOff(name) {
    this.#steps.delete(name);
    this.#write();
    if (this.#steps.size === 0) {
      this.#clear();
    } else {
      this.#ask();
    }
    this.#action.focus();
  }

  #clear() {
    this.#question.abort();
    this.#steps.clear();
    this.#planned = null;
    this.#write();
    this.#again.hidden = true;
    byId('outcome').replaceChildren();
    this.#gains.hidden = true;
    this.#highlight(null);
  }

  #body() {
    const of = (action) => [...this.#steps.values()].filter((step) => step.action === action);
    const names = (action) => of(action).map((step) => step.name);
    const body = {
      add: of('add').map(({ name, weight, address }) => ({ name, weight, address })),
      remove: names('remove'),
      drain: names('drain'),
      weights: Object.fromEntries(of('weights').map(({ name, weight }) => [name, weight])),
    };
    return Object.fromEntries(
        Object.entries(body).filter(([, value]) => Object.keys(value).length > 0));
  }

  async #ask() {
    this.#question.abort();
    this.#question = new AbortController();
    const { signal } = this.#question;
    this.#planned = null;
    this.#doIt.disabled = true;
    try {
      const planned = await post('plan', this.#body(), signal);
      this.#planned = planned;
      this.#doIt.disabled = false;
      this.#again.hidden = true;
      this.#tell(planned, 'would move');
      this.#highlight(planned);
      if (this.#isStale()) {
        this.#tellStale();
      }
    } catch (e) {
      this.#fail(e);
      this.#highlight(null);
    }
  }

  #fail(error) {
    if (error.name === 'AbortError') {
      return;
    }
    if (!(error instanceof Refusal)) {
      throw error;
    }
    this.#gains.hidden = true;
    this.#refuse(error.message);
  }

  #isStale() {
    return !this.#isDoing && this.#planned !== null && this.#planned.checksum !== this.#checksum;
  }

  #tellStale() {
    this.#again.hidden = false;
    this.#refuse('The ring has changed since this plan was made, so that it will be refused.');
  }

  #tell(plan, verb) {
    const peak = (value) => (Number.isFinite(value) ? ratio(value) : 'no load at all');
    byId('outcome').replaceChildren(element('p', {},
        element('strong', {}, `This ${verb} ${percent(plan.moved)} of the keys. `),
        `The busiest node has ${peak(plan.peakBefore)} its share before, `
        + `and ${peak(plan.peakAfter)} after.`,
        plan.slowStart
          ? ` When the slow start is over, ${percent(plan.slowStart.moved)} have moved, and it has `
            + `${peak(plan.slowStart.peak)}.`
          : ''));
    const rows = plan.nodes
        .filter((node) =>
          node.gains > 0 || node.loses > 0 || node.weightBefore !== node.weightAfter)
        .map((node) => element('tr', {},
            element('th', { scope: 'row' }, chip({ name: node.name, state: 'up' }), node.name),
            figure(`${percent(node.shareBefore ?? 0)} → ${percent(node.shareAfter ?? 0)}`),
            figure(node.gains > 0 ? `+ ${percent(node.gains)}` : ''),
            figure(node.loses > 0 ? `− ${percent(node.loses)}` : '')));
    const heads = ['Node', 'Share', 'Gains', 'Loses'].map((head, i) =>
      element('th', { scope: 'col', class: i > 0 ? 'number' : '' }, head));
    this.#gains.hidden = false;
    this.#gains.replaceChildren(element('table', {},
        element('thead', {}, element('tr', {}, ...heads)),
        element('tbody', {}, ...rows)));
  }

  async #change() {
    const planned = this.#planned;
    this.#isDoing = true;
    this.#doIt.disabled = true;
    say(this.#doIt, 'Doing it …');
    try {
      const change = await post('change', { ...this.#body(), checksum: planned.checksum });
      this.#clear();
      this.#tell(change, 'has moved');
      this.#done(change);
    } catch (e) {
      this.#fail(e);
      this.#again.hidden = false;
      if (e.status === STALE) {
        this.#planned = null;
        this.#refuse('Nothing was done: the ring is not the one that this plan was made for. Plan'
          + ' again to see what the change would move now.');
      }
    } finally {
      this.#isDoing = false;
      say(this.#doIt, 'Do it');
      this.#doIt.disabled = this.#planned === null;
    }
  }
}

const figure = (text) => element('td', { class: 'number' }, text);
