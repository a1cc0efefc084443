/** What nodes look like: a colour tells them apart, a sign and a pattern tell their state. */

import { element } from './dom.js';

/** Told apart by most eyes, also by those that miss red or green; on light and on dark. */
const LIGHT = [
  '#2563c9', '#d9730d', '#0f8a5f', '#b83280', '#8f7300', '#7048c8', '#0e8799', '#8a5a3b',
];
const DARK = [
  '#6ea8ff', '#ffa94d', '#4fd1a1', '#f48fc4', '#e0c341', '#b39bff', '#4cc9dd', '#d3a17f',
];
const GOLDEN_ANGLE = 137.508;

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

export const isDark = () => prefersDark.matches;

export const whenThemeChanges = (act) => prefersDark.addEventListener('change', act);

/** A node keeps its colour while the page is open, whoever joins or leaves. */
const turns = new Map();

function turn(name) {
  if (!turns.has(name)) {
    turns.set(name, turns.size);
  }
  return turns.get(name);
}

function shade(number, dark) {
  const few = dark ? DARK : LIGHT;
  const light = (dark ? 58 : 34) + 7 * (number % 3);
  const hue = ((number * GOLDEN_ANGLE) % 360).toFixed(1);
  return number < few.length ? few[number] : `hsl(${hue} 60% ${light}%)`;
}

/** For a canvas, which is painted anew when the theme changes. */
export const colour = (name) => shade(turn(name), isDark());

/** A colour of the style sheet. */
export const paint = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Each state with its sign, its word, and what its ranges look like. */
export const STATES = {
  up: { sign: '●', word: 'up', pattern: 'plain', shown: 'solid' },
  down: { sign: '✕', word: 'down', pattern: 'stripes', shown: 'striped' },
  ejected: { sign: '⊘', word: 'ejected', pattern: 'lattice', shown: 'crossed' },
  unchecked: { sign: '?', word: 'not checked yet', pattern: 'dots', shown: 'dotted' },
  warming: { sign: '◔', word: 'warming up', pattern: 'thin', shown: 'thin' },
  draining: { sign: '↓', word: 'draining', pattern: 'bars', shown: 'barred' },
  drained: { sign: '○', word: 'drained', pattern: 'bars', shown: 'no ranges' },
};

/** The state of a node: what checks and requests say first, then what its weight says. */
export function stateOf(node) {
  if (node.leaving) {
    return 'draining';
  }
  if (node.state !== 'up') {
    return node.state in STATES ? node.state : 'unchecked';
  }
  if (node.weight === 0) {
    return node.inFlight > 0 ? 'draining' : 'drained';
  }
  return node.weightNow < node.weight ? 'warming' : 'up';
}

/** A patch of the colour and the pattern of a node, for lists. */
export function chip(node) {
  const made = element('span', { class: 'chip', 'aria-hidden': 'true' });
  wear(made, node);
  return made;
}

/** Gives an element the look of a node. */
export function wear(what, node) {
  const number = turn(node.name);
  const both = `light-dark(${shade(number, false)}, ${shade(number, true)})`;
  what.style.setProperty('--node', both);
  what.dataset.pattern = STATES[stateOf(node)].pattern;
}

const PATTERN_SIZE = 8;

/** The pattern to paint over the ranges of a node in that state, or null. */
export function overlay(context, state) {
  const kind = STATES[state].pattern;
  if (kind === 'plain' || kind === 'thin') {
    return null;
  }
  const tile = document.createElement('canvas');
  tile.width = PATTERN_SIZE;
  tile.height = PATTERN_SIZE;
  const brush = tile.getContext('2d');
  brush.strokeStyle = paint('--surface');
  brush.fillStyle = paint('--surface');
  brush.lineWidth = 3;
  brush.beginPath();
  if (kind === 'stripes' || kind === 'lattice') {
    for (const x of [-PATTERN_SIZE, 0, PATTERN_SIZE]) { // the neighbours' corners, too
      brush.moveTo(x - 2, -2);
      brush.lineTo(x + PATTERN_SIZE + 2, PATTERN_SIZE + 2);
      if (kind === 'lattice') {
        brush.moveTo(x + PATTERN_SIZE + 2, -2);
        brush.lineTo(x - 2, PATTERN_SIZE + 2);
      }
    }
    brush.lineWidth = kind === 'lattice' ? 2 : 3.5;
    brush.stroke();
  } else if (kind === 'dots') {
    brush.arc(PATTERN_SIZE / 2, PATTERN_SIZE / 2, 2.2, 0, 2 * Math.PI);
    brush.fill();
  } else {
    brush.fillRect(0, 0, PATTERN_SIZE / 2, PATTERN_SIZE);
  }
  return context.createPattern(tile, 'repeat');
}
