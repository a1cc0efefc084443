// Placement v1, written from docs/placement.md, and the kit that it must pass. Needs hash-wasm.
import assert from 'node:assert'
import { createXXHash3 } from 'hash-wasm'
import { readFileSync } from 'node:fs'
const xxh3 = await createXXHash3(0, 0)
const hash = (text) => BigInt('0x' + xxh3.init().update(Buffer.from(text, 'utf8')).digest('hex'))
const [u64, hex] = [(n) => BigInt.asUintN(64, n), (n) => n.toString(16).padStart(16, '0')]
const fold = (z, bits) => z ^ (z >> bits)
const round = (z, bits, factor) => u64(fold(z, bits) * factor)
const mix = (z) => fold(round(round(z, 30n, 0xbf58476d1ce4e5b9n), 27n, 0x94d049bb133111ebn), 31n)
const step = (start, i) => mix(u64(start + BigInt(i) * 0x9e3779b97f4a7c15n))
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const byNumber = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
const count = (weight, perNode) => weight > 0 && Math.max(1, Math.floor(weight * perNode + 0.5))
const points = (id, weight, perNode) =>
  Array.from({ length: count(weight, perNode) }, (_, i) => step(hash(id), i + 1))
class Ring {
  constructor({ members, pointsPerNode, probes }) {
    Object.assign(this, { probes, members: new Map(members.map((m) => [m.id, m])) })
    this.points = new Map(members.map((m) => [m.id, points(m.id, m.weight, pointsPerNode)]))
    this.claims = [...this.points].flatMap(([id, of]) => [...new Set(of)].map((p) => [p, id]))
    this.claims.sort(([p, a], [q, b]) => byNumber(p, q) || byBytes(a, b))
  }
  preferenceList(position) {
    if (this.probes === 1) {
      const ahead = this.claims.filter(([p]) => p >= position)
      return [...new Set([...ahead, ...this.claims].map(([, id]) => id))]
    }
    const probes = Array.from({ length: this.probes }, (_, i) => (i ? step(position, i) : position))
    const nearest = new Map()
    for (const [p, id] of this.claims) {
      const all = probes.map((q) => u64(p - q)).concat(nearest.get(id) ?? [])
      nearest.set(id, all.reduce((a, b) => (a < b ? a : b)))
    }
    const order = ([a, x], [b, y]) => byNumber(x, y) || byBytes(a, b)
    return [...nearest].sort(order).map(([id]) => id)
  }
  copies(position, levels) {
    const ranked = (placed, level) => {
      if (level === levels) return placed
      const domains = new Map()
      for (const node of placed) {
        const name = this.members.get(node.id).domains[level]
        domains.set(name, [...(domains.get(name) ?? []), node])
      }
      return [...domains.values()]
        .flatMap((of) => ranked(of, level + 1).map((n, r) => ({ id: n.id, rank: [r, ...n.rank] })))
        .sort((a, b) => a.rank.map((n, i) => n - b.rank[i]).find((n) => n !== 0) ?? 0)
    }
    const walk = this.preferenceList(position).map((id, i) => ({ id, rank: [i] }))
    return ranked(walk, 0).map((node) => node.id)
  }
  checksum() {
    let [k, sum] = [0n, this.probes > 1 ? mix(BigInt(this.probes)) : 0n]
    for (let i = 0; i < 64; i++) k = mix(k ^ hash('hashring £ € 𝄞 ' + i))
    for (const { id, weight } of this.members.values()) {
      const m = mix(hash(id) ^ new BigUint64Array(new Float64Array([weight]).buffer)[0])
      sum += m + this.points.get(id).reduce((all, p) => all + mix(m ^ p), 0n)
    }
    return hex(u64(k + sum))
  }
}
const without = (some, others) => some.filter((id) => !others.includes(id))
const diff = (before, after, copies, levels) => {
  const ends = [...new Set([...before.claims, ...after.claims].map(([p]) => p))].sort(byNumber)
  const byPair = {}
  ends.forEach((end, at) => {
    const [old, now] = [before, after].map((r) => r.copies(end, levels).slice(0, copies))
    const [lost, gained] = [without(old, now), without(now, old)]
    for (let n = 0; n < Math.max(lost.length, gained.length); n++) {
      const of = (byPair[JSON.stringify([lost[n] ?? null, gained[n] ?? null])] ??= [])
      if (of.length && of.at(-1)[1] === ends.at(at - 1)) of.at(-1)[1] = end
      else of.push([ends.at(at - 1), end])
    }
  })
  return Object.entries(byPair).flatMap(([pair, of]) => {
    if (of.length > 1 && of.at(-1)[1] === of[0][0]) of[0][0] = of.pop()[0]
    return of.map((range) => [...range.map(hex), ...JSON.parse(pair)])
  })
}

const check = (expected, actual, ...what) =>
  assert.deepStrictEqual(actual, expected, what.join())
const kit = JSON.parse(readFileSync(process.argv[2], 'utf8'))
for (const h of kit.hashes) check(h.hash, hex(hash(h.text.repeat(h.times))), h)
for (const p of kit.points) check(p.points, points(p.id, p.weight, p.pointsPerNode).map(hex), p)
const rings = new Map(kit.rings.map((r) => [r.name, new Ring(r)]))
for (const r of kit.rings) {
  const ring = rings.get(r.name)
  check(r.checksum, ring.checksum(), r.name)
  check(r.positions, new Set(ring.claims.map(([p]) => p)).size, r.name)
  for (const [p, owner] of r.owners) check(owner, ring.preferenceList(BigInt('0x' + p))[0], p)
  for (const { key, byLevels: all } of r.lists)
    all.forEach((ids, n) => check(ids, ring.copies(hash(key), n), r.name, key, n))
}
for (const d of kit.diffs) {
  const moves = diff(rings.get(d.before), rings.get(d.after), d.copies, d.levels)
  check(d.moves.map(String).sort(), moves.map(String).sort(), d.before, d.after)
}
console.log(`JavaScript: ${kit.rings.length} rings and ${kit.diffs.length} diffs agree`)
