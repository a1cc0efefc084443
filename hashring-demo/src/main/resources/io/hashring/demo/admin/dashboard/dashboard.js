/** The page of /_lb/: asks the balancer for its ring, and tells every part of the page. */

import { askForToken, get, listen, Refusal } from './dashboard/api.js';
import { Arcs } from './dashboard/arcs.js';
import { Changes } from './dashboard/changes.js';
import { Circle } from './dashboard/circle.js';
import { byId, count, element, listed, percent, place, say } from './dashboard/dom.js';
import { KeyBox } from './dashboard/key.js';
import { Lens } from './dashboard/lens.js';
import { STATES, chip, colour, stateOf, whenThemeChanges } from './dashboard/look.js';
import { Nodes, balanceInWords } from './dashboard/nodes.js';
import { Plan } from './dashboard/plan.js';
import { Ranges } from './dashboard/ranges.js';
import { Traffic } from './dashboard/traffic.js';

let arcs = null;
let ring = null;
let nodes = new Map();
let traffic = {};

// The parts, each of which knows of no other

const lens = new Lens((place) => circle.goTo(place));
const ranges = new Ranges();
const circle = new Circle({ moved: pointedAt, chosen: seeAlone });
const table = new Nodes({
  chosen: seeAlone,
  planned: (action, name) => plan.start(action, name),
});
const keyBox = new KeyBox((found, again) => {
  const at = found?.at ?? null;
  lens.showKey(at);
  circle.showKey(at);
  if (at !== null && !again) {
    circle.goTo(at);
  }
});
const requests = new Traffic((key) => {
  keyBox.lookUp(key);
  byId('key').scrollIntoView({ block: 'nearest' });
});
const changes = new Changes((change) => seeMoves(change, false));
const plan = new Plan({
  highlight: (planned) => {
    changes.forget();
    seeMoves(planned, true);
  },
  done: (change) => {
    seeMoves(change, false);
    refresh();
  },
});

function seeAlone(name) {
  circle.showAlone(name);
  table.showAlone(name);
  ranges.showAlone(name);
}

/** @param ahead whether it has not been done yet */
function seeMoves(change, ahead) {
  byId('moves').hidden = change === null;
  if (change === null) {
    circle.showMoves(null);
    return;
  }
  const seen = change.arcs.length;
  const all = seen + (change.more ?? 0);
  say(byId('moves-words'), `Bright: ${count(all)} ranges that ${ahead ? 'would move' : 'moved'}`
    + (all > seen ? `, of which the largest ${count(seen)} are shown. ` : '. ')
    + (ahead ? 'The outer band is who would get them.' : 'The outer band is who had them before.'));
  circle.showMoves(change.arcs, ([, , giver, taker]) =>
    (ahead ? { now: giver, other: taker } : { now: taker, other: giver }));
}

function pointedAt(i, pointed) {
  lens.goTo(circle.position);
  const readout = byId('readout');
  if (!pointed) {
    say(readout, `The line below the circle stretches what lies around ${place(circle.position)}.`);
    return;
  }
  const name = arcs.owner(i);
  const node = nodes.get(name);
  const { sign, word } = STATES[node ? stateOf(node) : 'unchecked'];
  readout.replaceChildren(chip({ name, state: 'up' }), element('strong', {}, name),
      ` ${sign} ${word}. From ${place((arcs.start(i) + 1) % 1)} to ${place(arcs.end(i))}: `
      + `${percent(arcs.size(i))} of the circle`
      + (node ? `, of ${percent(node.share)} in all.` : '.'));
}

// The ring

/** The nodes by name: those of the ring, then those that leave, each with its traffic. */
function gather() {
  const loads = traffic.nodes ?? {};
  const all = new Map(ring.nodes.map((node) => [node.name, { ...node, ...loads[node.name] }]));
  for (const { name, inFlight } of ring.draining ?? []) {
    if (!all.has(name)) {
      all.set(name, {
        name, inFlight, ...loads[name], leaving: true, share: 0, weight: 0, weightNow: 0,
      });
    }
  }
  return all;
}

/** Whatever shows states and loads. */
function showNodes() {
  const before = looks();
  nodes = gather();
  table.show(nodes);
  if (before !== looks()) {
    circle.show(arcs, nodes);
    lens.show(arcs, nodes);
    showLegend();
  }
}

const looks = () =>
  JSON.stringify([...nodes.values()].map((n) => [n.name, stateOf(n), n.share])) + arcs?.checksum;

function showLegend() {
  const present = new Set([...nodes.values()].map(stateOf));
  byId('legend').replaceChildren(...Object.entries(STATES)
      .filter(([state]) => state === 'up' || present.has(state))
      .map(([state, { sign, word, pattern, shown }]) => {
        const patch = element('span', { class: 'chip', 'aria-hidden': 'true' });
        patch.dataset.pattern = pattern;
        return element('li', { 'data-state': state }, patch, `${sign} ${word}: ${shown}`);
      }));
}

function showRing() {
  ring.nodes.forEach((node) => colour(node.name)); // in this order, not in that of requests
  nodes = gather();
  table.show(nodes);
  circle.show(arcs, nodes);
  lens.show(arcs, nodes);
  ranges.show(arcs);
  showLegend();
  plan.show(ring.checksum, nodes, STARTERS.includes(ring.settings['--replicas']));
  say(byId('summary'), `${count(ring.nodes.length)} ${ring.nodes.length === 1 ? 'node' : 'nodes'}, `
    + `${count(ring.points)} points, ${count(arcs.length)} ranges, checksum ${ring.checksum}`);
  say(byId('key-help'), `Requests here are routed by ${ring.settings['--key'] ?? 'path'}.`);
  keyBox.again();
}

/** What starts replicas itself; else they are somebody's, and have an address. */
const STARTERS = ['embedded', 'docker', 'swarm'];

let asked = 0;
let fetched = 0;

const WHILE_DRAINING = 1_000;

/** The ring and its ranges, which must be of one and the same. */
async function refresh() {
  const question = ++asked;
  fetched = performance.now();
  try {
    let answers;
    do {
      answers = await Promise.all([get('ring'), get('arcs')]);
    } while (question === asked && answers[0].checksum !== answers[1].checksum);
    if (question === asked) {
      ring = answers[0];
      arcs = new Arcs(answers[1]);
      byId('page').hidden = false;
      showRing();
      await showHistory(question);
    }
  } catch (e) {
    if (!(e instanceof Refusal)) {
      throw e;
    }
    connection('lost', e.message); // the events will be back, and then the ring
  }
}

/** What takes the balancer longer, and can wait until the ring is seen. */
async function showHistory(question) {
  const [balance, history] = await Promise.all([get('balance'), get('changes')]);
  if (question === asked) {
    say(byId('balance'), balanceInWords(balance));
    changes.show(history.changes);
  }
}

function owners(from, to) {
  const found = new Set();
  for (let i = arcs.at(from), end = arcs.at(to); ; i = (i + 1) % arcs.length) {
    found.add(arcs.owner(i));
    if (i === end || found.size > 4) {
      break;
    }
  }
  const names = [...found];
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and others` : listed(names);
}

// Events

function connection(state, words) {
  const where = byId('connection');
  where.dataset.state = state;
  say(where, `${{ live: '●', lost: '✕', waiting: '○' }[state]} ${words}`);
}

function heard(name, data) {
  if (name === 'ring') {
    if (ring === null || data.checksum !== ring.checksum || data.version !== ring.version) {
      refresh();
    }
  } else if (name === 'traffic' && arcs !== null) {
    const states = statesOf(traffic);
    traffic = data;
    showNodes();
    if (ring.draining?.length > 0 && performance.now() - fetched > WHILE_DRAINING) {
      refresh(); // nobody says when the last request of a node that leaves has ended
    }
    requests.show(data, owners);
    circle.showHeat(data.heat);
    circle.land(data.sample.map((one) => one.at).filter((at) => at !== null));
    if (states !== statesOf(data)) {
      keyBox.again();
    }
  }
}

const statesOf = ({ nodes: loads = {} }) =>
  JSON.stringify(Object.entries(loads).map(([name, { state }]) => [name, state]));

askForToken((refused) => new Promise((given) => {
  const form = byId('token-form');
  const input = byId('token');
  byId('locked').hidden = false;
  byId('page').hidden = true;
  connection('waiting', 'waits for the token');
  say(byId('token-error'), refused ? 'The balancer refuses this token.' : '');
  input.focus();
  const enter = (event) => {
    event.preventDefault();
    const token = input.value;
    input.value = '';
    if (!/^[!-~]+$/.test(token)) {
      say(byId('token-error'), 'A token has visible ASCII only.');
      return;
    }
    form.removeEventListener('submit', enter);
    byId('locked').hidden = true;
    byId('page').hidden = ring === null;
    given(token);
  };
  form.addEventListener('submit', enter);
}));

byId('moves-off').addEventListener('click', () => {
  changes.forget();
  seeMoves(null);
});

whenThemeChanges(() => {
  if (ring !== null) {
    showRing();
  }
});

let wasLost = false;

refresh();
listen('events', {
  opened: () => {
    connection('live', 'live');
    if (wasLost) { // it may be another balancer, whose ring only looks the same
      refresh();
    }
  },
  heard,
  lost: (why) => {
    wasLost = true;
    connection('lost', `${why} Trying again.`);
  },
});
