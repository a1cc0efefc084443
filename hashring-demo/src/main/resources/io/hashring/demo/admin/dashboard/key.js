/** Where a key is, and why. */

import { Refusal, get } from './api.js';
import { byId, element, percent, place, quoted } from './dom.js';
import { STATES, chip, stateOf } from './look.js';

export class KeyBox {

  #input = byId('key-input');
  #answer = byId('key-answer');
  #found;
  #question = new AbortController();
  #asked = null;

  /** @param found is told of the answer, or null, and whether it was there before */
  constructor(found) {
    this.#found = found;
    byId('key-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#ask(this.#input.value);
    });
  }

  lookUp(key) {
    this.#input.value = key;
    this.#ask(key);
  }

  /** The ring or a state is another: the answer may be, too. */
  again() {
    if (this.#asked !== null) {
      this.#ask(this.#asked, true);
    }
  }

  async #ask(key, again = false) {
    this.#question.abort();
    this.#question = new AbortController();
    if (!key.isWellFormed()) {
      this.#asked = null;
      this.#refuse('This text has half a character in it, which no request can have.');
      return;
    }
    try {
      const found =
        await get(`locate?key=${encodeURIComponent(key)}`, this.#question.signal);
      this.#asked = key;
      this.#tell(found);
      this.#found(found, again);
    } catch (e) {
      if (e.name !== 'AbortError') {
        if (!(e instanceof Refusal)) {
          throw e;
        }
        this.#refuse(e.message);
      }
    }
  }

  #refuse(message) {
    this.#answer.replaceChildren(element('p', { class: 'bad' }, message));
    this.#found(null);
  }

  #tell({ key, node, owner, why, at, position, list }) {
    const says = node === null || node === undefined
      ? element('p', { class: 'where bad' }, 'No node takes it: ', why)
      : element('p', { class: 'where' },
          quoted(key), ' is on ', chip({ name: node, state: 'up' }), element('strong', {}, node),
          why === 'owner' ? ', its owner.' : `: ${why}.`);
    const items = list.map((one) => {
      const { sign, word } = STATES[stateOf({ weight: 1, weightNow: 1, ...one })];
      const cap = Number.isFinite(one.cap) ? ` of ${one.cap}` : '';
      return element('li', one.node === node ? { 'aria-current': 'true' } : {},
          chip({ name: one.node, state: one.state }),
          element('span', {}, one.node),
          element('small', {}, `${sign} ${word}, ${one.inFlight}${cap} in flight`));
    });
    const parts = [says];
    if (Number.isFinite(at)) {
      parts.push(element('p', { class: 'muted' },
          `It lies ${percent(at)} round the circle, at `, element('code', {}, position),
          owner && owner !== node ? `; it is a key of ${owner}.` : '.'));
    }
    parts.push(element('p', { class: 'muted' }, 'Its preference list: who is asked in turn.'),
        element('ol', { class: 'preference', tabindex: '0' }, ...items));
    this.#answer.replaceChildren(...parts);
  }
}
