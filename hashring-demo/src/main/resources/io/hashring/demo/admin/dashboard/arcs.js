/**
 * Who owns what: ranges of the circle, each from its start (exclusive) to its end, as parts of the
 * whole; the first one begins where the last one ends, so that it wraps.
 */
export class Arcs {

  /** @param ends ascending from 0 to 1 @param owners of the same length, indices into names */
  constructor({ checksum, nodes, ends, owners }) {
    this.checksum = checksum;
    this.names = nodes;
    this.ends = ends;
    this.owners = owners;
  }

  get length() {
    return this.ends.length;
  }

  owner(i) {
    return this.names[this.owners[i]];
  }

  end(i) {
    return this.ends[i];
  }

  /** Where it begins: below 0 for the one that wraps. */
  start(i) {
    return i === 0 ? this.ends[this.length - 1] - 1 : this.ends[i - 1];
  }

  size(i) {
    return this.end(i) - this.start(i);
  }

  /** The range with that place in it. */
  at(fraction) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle] < fraction) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low === this.length ? 0 : low;
  }

  /**
   * For each node the stretches to paint, as [from, to, from, to, …]: its ranges, or where these
   * are finer than can be seen, who owns the middle of each of so many steps.
   */
  stretches(steps) {
    const found = new Map(this.names.map((name) => [name, []]));
    if (this.length <= steps) {
      for (let i = 0; i < this.length; i++) {
        found.get(this.owner(i)).push(this.start(i), this.end(i));
      }
      return found;
    }
    let from = 0;
    let owner = this.owner(this.at(0.5 / steps));
    for (let step = 1; step <= steps; step++) {
      const next = step < steps ? this.owner(this.at((step + 0.5) / steps)) : null;
      if (next !== owner) {
        found.get(owner).push(from / steps, step / steps);
        from = step;
        owner = next;
      }
    }
    return found;
  }

  /** The ranges of one node as [from, to, …], each at least so large that it is seen. */
  of(name, least) {
    const found = [];
    for (let i = 0; i < this.length; i++) {
      if (this.owner(i) === name) {
        found.push(this.start(i), Math.max(this.end(i), this.start(i) + least));
      }
    }
    return found;
  }

  /** The ranges that lie in a window, as [i, from, to], unwrapped around its middle. */
  within(middle, width) {
    const parts = [];
    const from = middle - width / 2;
    let i = this.at(((from % 1) + 1) % 1);
    let end = this.end(i);
    while (end < from) { // by whole turns, to the window
      end += 1;
    }
    while (end - 1 >= from) {
      end -= 1;
    }
    let start = end - this.size(i);
    while (start < from + width && parts.length <= this.length) {
      parts.push([i, Math.max(start, from), Math.min(end, from + width)]);
      i = (i + 1) % this.length;
      start = end;
      end += this.size(i);
    }
    return parts;
  }
}
