/** A part of the circle, stretched until single ranges can be told apart and bear names. */

import { byId, place } from './dom.js';
import { colour, overlay, paint, stateOf } from './look.js';

/** So many ranges are about to be seen. */
const RANGES = 14;
const HEIGHT = 74;
const BAR = [14, 44];

export class Lens {

  #canvas = byId('lens');
  #arcs = null;
  #nodes = new Map();
  #middle = 0;
  #key = null;

  /** @param pointed is told of the place that was clicked */
  constructor(pointed) {
    new ResizeObserver(() => this.draw()).observe(this.#canvas);
    this.#canvas.addEventListener('click', (event) => {
      if (this.#arcs === null || this.#arcs.length === 0) {
        return;
      }
      const box = this.#canvas.getBoundingClientRect();
      const part = (event.clientX - box.left) / box.width - 0.5;
      pointed((this.#middle + part * this.#width() + 2) % 1);
    });
  }

  show(arcs, nodes) {
    this.#arcs = arcs;
    this.#nodes = nodes;
    this.draw();
  }

  goTo(fraction) {
    this.#middle = fraction;
    this.draw();
  }

  showKey(fraction) {
    this.#key = fraction;
    this.draw();
  }

  #width() {
    return Math.min(1, RANGES / this.#arcs.length);
  }

  draw() {
    const canvas = this.#canvas;
    const across = canvas.clientWidth;
    if (this.#arcs === null || across === 0) {
      return;
    }
    canvas.width = Math.round(across * devicePixelRatio);
    canvas.height = Math.round(HEIGHT * devicePixelRatio);
    const context = canvas.getContext('2d');
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    if (this.#arcs.length === 0) {
      return;
    }
    const width = this.#width();
    const from = this.#middle - width / 2;
    const x = (fraction) => (fraction - from) / width * across;
    context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
    context.textBaseline = 'top';
    for (const [i, start, end] of this.#arcs.within(this.#middle, width)) {
      this.#drawRange(context, this.#arcs.owner(i), x(start), x(end));
    }
    context.fillStyle = paint('--text');
    this.#drawMark(context, across / 2);
    if (this.#key !== null) {
      const near = this.#key + Math.round(this.#middle - this.#key);
      if (Math.abs(near - this.#middle) <= width / 2) {
        this.#drawMark(context, x(near), 'key');
      }
    }
    context.fillStyle = paint('--muted');
    const edge = (fraction) => place((fraction + 2) % 1);
    context.textAlign = 'left';
    context.fillText(edge(from), 0, 60);
    context.textAlign = 'right';
    context.fillText(edge(from + width), across, 60);
  }

  #drawRange(context, name, from, to) {
    const node = this.#nodes.get(name);
    const state = node ? stateOf(node) : 'up';
    const top = state === 'warming' ? (BAR[0] + BAR[1]) / 2 : BAR[0];
    context.fillStyle = colour(name);
    context.fillRect(from, top, to - from - 1, BAR[1] - top);
    const pattern = overlay(context, state);
    if (pattern !== null) {
      context.fillStyle = pattern;
      context.fillRect(from, top, to - from - 1, BAR[1] - top);
    }
    if (context.measureText(name).width + 6 < to - from) {
      context.fillStyle = paint('--text');
      context.textAlign = 'left';
      context.fillText(name, from, BAR[1] + 2);
    }
  }

  #drawMark(context, x, word = '') {
    context.fillRect(x - 1, 4, 2, BAR[1] - 4);
    context.beginPath();
    context.moveTo(x - 5, 0);
    context.lineTo(x + 5, 0);
    context.lineTo(x, 9);
    context.fill();
    context.textAlign = 'left';
    context.fillText(word, x + 7, 0);
  }
}
