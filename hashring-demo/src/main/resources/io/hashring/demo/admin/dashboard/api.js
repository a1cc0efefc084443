/**
 * Questions to the balancer, and its events. The token is in this module's memory and nowhere else.
 * Events are read with fetch, for an EventSource sends no Authorization.
 */

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4_000;

/** The balancer says something every 15 seconds. */
const SILENCE = 40_000;

let token = null;
let ask = null;
let asking = null;

/** What the balancer says no to, in its own words; status 0 where there is no answer at all. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param asker is told whether a token was refused, and promises the next one */
export function askForToken(asker) {
  ask = asker;
}

async function authorized(path, options) {
  for (;;) {
    const used = token;
    const headers = { ...options.headers };
    if (used !== null) {
      headers.Authorization = `Bearer ${used}`;
    }
    const response = await reached(path, { ...options, headers });
    if (response.status !== 401) {
      return response;
    }
    await response.body?.cancel();
    if (used === token) { // else another question has asked for it meanwhile
      asking ??= ask(used !== null).then((given) => {
        token = given;
        asking = null;
      });
      await asking;
    }
  }
}

async function reached(path, options) {
  try {
    return await fetch(path, { ...options, cache: 'no-store', credentials: 'omit' });
  } catch (e) {
    if (e.name === 'AbortError') {
      throw e;
    }
    throw new Refusal(0, 'The balancer does not answer.');
  }
}

async function refusal(response) {
  let message = `The balancer answered ${response.status}.`;
  try {
    message = sentence((await response.json()).message);
  } catch {
    // not one of its own answers: the status has to do
  }
  return new Refusal(response.status, message);
}

function sentence(message) {
  const bare = message.replace(/^<Error>\s*/, '');
  return bare.charAt(0).toUpperCase() + bare.slice(1) + (/[.!?]$/.test(bare) ? '' : '.');
}

async function answered(path, options) {
  const response = await authorized(path, options);
  if (!response.ok) {
    throw await refusal(response);
  }
  return response.json();
}

export const get = (path, signal) => answered(path, { signal });

export function post(path, body, signal) {
  return answered(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
}

const after = (millis) => new Promise((done) => setTimeout(done, millis));

/** Nobody looks at a hidden page, which is then no burden to the balancer. */
function shown() {
  return new Promise((done) => {
    const look = () => {
      if (document.visibilityState === 'visible') {
        document.removeEventListener('visibilitychange', look);
        done();
      }
    };
    document.addEventListener('visibilitychange', look);
    look();
  });
}

/**
 * Listens for ever, and begins anew when the balancer is back.
 *
 * @param opened is called when events will come
 * @param heard is called with the name and the data of each
 * @param lost is called with the reason when no more will come for now
 */
export async function listen(path, { opened, heard, lost }) {
  let pause = FIRST_PAUSE;
  for (;;) {
    await shown();
    try {
      await once(path, () => {
        pause = FIRST_PAUSE;
        opened();
      }, heard);
      lost('The balancer ended the connection.');
    } catch (e) {
      lost(e instanceof Refusal ? e.message : 'The connection to the balancer is lost.');
    }
    await after(pause);
    pause = Math.min(LONGEST_PAUSE, 2 * pause);
  }
}

async function once(path, opened, heard) {
  const stop = new AbortController();
  const leave = () => document.visibilityState === 'hidden' && stop.abort();
  let silence = 0;
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), SILENCE);
  };
  document.addEventListener('visibilitychange', leave);
  try {
    const headers = { Accept: 'text/event-stream' };
    const response = await authorized(path, { headers, signal: stop.signal });
    if (!response.ok) {
      throw await refusal(response);
    }
    opened();
    alive();
    await read(response.body, alive, heard);
  } finally {
    clearTimeout(silence);
    document.removeEventListener('visibilitychange', leave);
  }
}

/** Reads text/event-stream as far as it is used here: event, data, comments. */
async function read(body, alive, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let name = '';
  let data = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    alive();
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) {
          heard(name, JSON.parse(data.join('\n')));
        }
        name = '';
        data = [];
      } else if (line.startsWith('event:')) {
        name = line.slice(6).trim();
      } else if (line.startsWith('data:')) {
        data.push(line.slice(5));
      }
    }
  }
}
