/** The circle on two canvases: the ranges below, and above them what moves and what is marked. */

import { byId, percent, place, say } from './dom.js';
import { STATES, colour, overlay, paint, stateOf } from './look.js';

/** When all ranges were seen first, for whoever measures. */
const DRAWN = 'hashring:drawn';

const TURN = 2 * Math.PI;
const MOST_PIXELS = 640;

/** Radii as parts of the width. */
const INNER = 0.325;
const OUTER = 0.415;
const BAND = [0.425, 0.452];
const MARK = [0.46, 0.492];
const HEAT = [0.315, 0.225];

/** How long a request that has landed is seen. */
const GLOW = 1_500;

const calm = matchMedia('(prefers-reduced-motion: reduce)');

export class Circle {

  #round = byId('round');
  #ring = byId('ring');
  #marks = byId('marks');
  #arcs = null;
  #nodes = new Map();
  #size = 0;
  #position = 0;
  #hovered = false;
  #alone = null;
  #moves = null;
  #key = null;
  #heat = [];
  #landed = [];
  #frame = 0;
  #moved;
  #chosen;

  /**
   * @param moved is told of each range that is pointed at, and when none is
   * @param chosen is told of the node that shall be seen alone, or null
   */
  constructor({ moved, chosen }) {
    this.#moved = moved;
    this.#chosen = chosen;
    new ResizeObserver(() => this.#fit()).observe(this.#round);
    this.#marks.addEventListener('pointermove', (event) => this.#point(event));
    this.#marks.addEventListener('pointerleave', () => this.#leave());
    this.#marks.addEventListener('click', (event) => this.#click(event));
    this.#marks.addEventListener('keydown', (event) => this.#press(event));
    this.#marks.addEventListener('focus', () => this.goTo(this.#position));
    this.#marks.addEventListener('blur', () => this.#leave());
  }

  /** @param nodes by name */
  show(arcs, nodes) {
    this.#arcs = arcs;
    this.#nodes = nodes;
    this.#marks.setAttribute('aria-valuemax', Math.max(0, arcs.length - 1));
    this.#tell();
    this.redraw();
  }

  /** Highlights ranges that move, [from, to, giver, taker]; null for none. */
  showMoves(moves, nameOf) {
    this.#moves = moves === null ? null : { list: moves, nameOf };
    this.redraw();
  }

  showKey(fraction) {
    this.#key = fraction;
    this.#later();
  }

  showAlone(name) {
    this.#alone = name;
    this.redraw();
  }

  showHeat(heat) {
    this.#heat = heat;
    this.#later();
  }

  land(fractions) {
    if (calm.matches) {
      return;
    }
    const now = performance.now();
    for (const fraction of fractions) {
      this.#landed.push({ fraction, at: now });
    }
    this.#later();
  }

  /** Points at a place, as the keyboard does. */
  goTo(fraction) {
    this.#position = fraction;
    this.#hovered = true;
    this.#tell();
    this.#later();
  }

  get position() {
    return this.#position;
  }

  // What is pointed at

  #tell() {
    const arcs = this.#arcs;
    if (arcs === null || arcs.length === 0) {
      say(byId('centre').firstElementChild, '0');
      say(byId('centre').lastElementChild, 'nodes with keys');
      return;
    }
    const i = arcs.at(this.#position);
    this.#marks.setAttribute('aria-valuenow', i);
    this.#marks.setAttribute('aria-valuetext', this.#words(i));
    const name = arcs.owner(i);
    const node = this.#nodes.get(name);
    say(byId('centre').firstElementChild, this.#hovered ? name : `${this.#nodes.size}`);
    say(
        byId('centre').lastElementChild,
        this.#hovered && node
          ? `${percent(node.share)} of the keys`
          : this.#nodes.size === 1 ? 'node' : 'nodes');
    this.#moved(i, this.#hovered);
  }

  #words(i) {
    const arcs = this.#arcs;
    const node = this.#nodes.get(arcs.owner(i));
    const start = (arcs.start(i) + 1) % 1;
    return `${arcs.owner(i)}, from ${place(start)} to ${place(arcs.end(i))}: `
      + `${percent(arcs.size(i))} of the circle`
      + (node ? `; it has ${percent(node.share)} in all and is ${STATES[stateOf(node)].word}` : '');
  }

  #point(event) {
    const box = this.#marks.getBoundingClientRect();
    const x = event.clientX - box.left - box.width / 2;
    const y = event.clientY - box.top - box.height / 2;
    const radius = Math.hypot(x, y) / box.width;
    if (this.#arcs === null || this.#arcs.length === 0
        || radius < HEAT[1] || radius > MARK[1]) {
      this.#leave();
      return;
    }
    this.goTo((Math.atan2(x, -y) / TURN + 1) % 1);
  }

  #leave() {
    if (document.activeElement === this.#marks && this.#marks.matches(':focus-visible')) {
      return;
    }
    this.#hovered = false;
    this.#tell();
    this.#later();
  }

  #click(event) {
    this.#point(event);
    this.#chosen(this.#hovered ? this.#owner() : null);
  }

  #owner() {
    const name = this.#arcs.owner(this.#arcs.at(this.#position));
    return name === this.#alone ? null : name;
  }

  #press(event) {
    const arcs = this.#arcs;
    if (arcs === null || arcs.length === 0 || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const i = arcs.at(this.#position);
    const range = (next, step) => this.goTo(middle(arcs, next, step));
    const sixteenth = (step) => this.goTo((this.#position + step / 16 + 1) % 1);
    const keys = {
      ArrowRight: () => range(i + 1, 1),
      ArrowUp: () => range(i + 1, 1),
      ArrowLeft: () => range(i - 1, -1),
      ArrowDown: () => range(i - 1, -1),
      PageUp: () => sixteenth(1),
      PageDown: () => sixteenth(-1),
      Home: () => range(0, 1),
      End: () => range(-1, -1),
      Enter: () => this.#chosen(this.#owner()),
      ' ': () => this.#chosen(this.#owner()),
      Escape: () => this.#chosen(null),
    };
    if (event.key in keys) {
      event.preventDefault();
      keys[event.key]();
    }
  }

  // Drawing

  #fit() {
    const size = Math.min(MOST_PIXELS, this.#round.clientWidth);
    if (size !== this.#size && size > 0) {
      this.#size = size;
      for (const canvas of [this.#ring, this.#marks]) {
        canvas.width = Math.round(size * devicePixelRatio);
        canvas.height = canvas.width;
      }
      this.redraw();
    }
  }

  #later() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#drawMarks();
      });
    }
  }

  /** All of it: another ring, another state, another theme. */
  redraw() {
    if (this.#arcs === null || this.#size === 0) {
      return;
    }
    this.#drawRing();
    this.#drawMarks();
  }

  #brush(canvas) {
    const context = canvas.getContext('2d');
    const scale = canvas.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, scale, scale);
    context.setTransform(1, 0, 0, 1, scale / 2, scale / 2);
    return { context, scale };
  }

  #drawRing() {
    const { context, scale } = this.#brush(this.#ring);
    const circumference = Math.round(TURN * OUTER * scale);
    stroke(context, [0, 1], (INNER + OUTER) / 2 * scale, (OUTER - INNER) * scale, paint('--track'));
    for (const [name, seen] of this.#arcs.stretches(circumference)) {
      const stretches = name === this.#alone ? this.#arcs.of(name, 1 / circumference) : seen;
      const node = this.#nodes.get(name);
      const state = node ? stateOf(node) : 'up';
      const faint = (this.#alone !== null && this.#alone !== name) || this.#moves !== null;
      context.globalAlpha = faint ? 0.22 : 1;
      const inner = state === 'warming' ? (INNER + OUTER) / 2 : INNER;
      const radius = (inner + OUTER) / 2 * scale;
      const width = (OUTER - inner) * scale;
      stroke(context, stretches, radius, width, colour(name));
      const pattern = overlay(context, state);
      if (pattern !== null) {
        stroke(context, stretches, radius, width, pattern);
      }
    }
    context.globalAlpha = 1;
    if (this.#moves !== null) {
      this.#drawMoves(context, scale);
    }
    if (performance.getEntriesByName(DRAWN).length === 0) {
      performance.mark(DRAWN);
    }
  }

  /** On the ring who has it now, in full colour, and outside of it the other one. */
  #drawMoves(context, scale) {
    const { list, nameOf } = this.#moves;
    const least = 1.5 / (TURN * OUTER * scale) * devicePixelRatio;
    for (const move of list) {
      const [from] = move;
      let to = move[1] <= from ? move[1] + 1 : move[1];
      const seen = [from, to - from < least ? from + least : to];
      const { now, other } = nameOf(move);
      if (now !== null) {
        const radius = (INNER + OUTER) / 2 * scale;
        stroke(context, seen, radius, (OUTER - INNER) * scale, colour(now));
      }
      const [inner, outer] = BAND;
      const width = (outer - inner) * scale;
      const radius = (inner + outer) / 2 * scale;
      stroke(context, seen, radius, width, other === null ? paint('--muted') : colour(other));
    }
  }

  #drawMarks() {
    if (this.#arcs === null || this.#size === 0) {
      return;
    }
    const { context, scale } = this.#brush(this.#marks);
    if (this.#arcs.length === 0) {
      return;
    }
    this.#drawHeat(context, scale);
    this.#drawLanded(context, scale);
    const text = paint('--text');
    if (this.#hovered) {
      const i = this.#arcs.at(this.#position);
      const least = 2 * devicePixelRatio / (TURN * OUTER * scale);
      const middle = (this.#arcs.start(i) + this.#arcs.end(i)) / 2;
      const half = Math.max(least, this.#arcs.size(i)) / 2;
      const range = [middle - half, middle + half];
      stroke(context, range, (OUTER + 0.006) * scale, 0.008 * scale, text);
      stroke(context, range, (INNER - 0.006) * scale, 0.008 * scale, text);
    }
    if (this.#key !== null) {
      this.#drawKey(context, scale, text);
    }
  }

  #drawHeat(context, scale) {
    const most = Math.max(...this.#heat, 0);
    if (most === 0) {
      return;
    }
    const slices = this.#heat.length;
    const [hot, warm] = [paint('--bad'), paint('--heat')];
    const [base, top] = HEAT;
    for (const [i, value] of this.#heat.entries()) {
      if (value > 0) {
        const length = (base - top) * value / most;
        const radius = (base - length / 2) * scale;
        const slice = [(i + 0.1) / slices, (i + 0.9) / slices];
        stroke(context, slice, radius, length * scale, value === most ? hot : warm);
      }
    }
  }

  #drawLanded(context, scale) {
    const now = performance.now();
    this.#landed = this.#landed.filter((one) => now - one.at < GLOW);
    context.fillStyle = paint('--text');
    for (const { fraction, at } of this.#landed) {
      const [x, y] = point(fraction, (BAND[0] + BAND[1]) / 2 * scale);
      context.globalAlpha = 1 - (now - at) / GLOW;
      context.beginPath();
      context.arc(x, y, 0.007 * scale, 0, TURN);
      context.fill();
    }
    context.globalAlpha = 1;
    if (this.#landed.length > 0) {
      this.#later();
    }
  }

  /** A needle through the ring, with a head outside. */
  #drawKey(context, scale, text) {
    const at = this.#key;
    const wide = 0.009;
    context.strokeStyle = text;
    context.fillStyle = text;
    context.lineWidth = 2 * devicePixelRatio;
    context.beginPath();
    context.moveTo(...point(at, INNER * scale));
    context.lineTo(...point(at, MARK[0] * scale));
    context.stroke();
    context.beginPath();
    context.moveTo(...point(at, BAND[1] * scale));
    context.lineTo(...point(at - wide, MARK[1] * scale));
    context.lineTo(...point(at + wide, MARK[1] * scale));
    context.fill();
  }
}

/** The middle of a range, or of the next one that is not too small for the digits sent. */
function middle(arcs, from, step) {
  let i = (from + arcs.length) % arcs.length;
  for (let seen = 0; arcs.size(i) <= 0 && seen < arcs.length; seen++) {
    i = (i + step + arcs.length) % arcs.length;
  }
  return ((arcs.start(i) + arcs.end(i)) / 2 + 1) % 1;
}

const angle = (fraction) => (fraction - 0.25) * TURN; // 0 is at the top

function point(fraction, radius) {
  return [radius * Math.cos(angle(fraction)), radius * Math.sin(angle(fraction))];
}

/** Strokes [from, to, from, to, …] in one go. */
function stroke(context, stretches, radius, width, style) {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.beginPath();
  for (let i = 0; i < stretches.length; i += 2) {
    context.moveTo(...point(stretches[i], radius));
    context.arc(0, 0, radius, angle(stretches[i]), angle(stretches[i + 1]));
  }
  context.stroke();
}
