"""Placement v1, written from docs/placement.md, and the kit it must pass. Needs xxhash."""
import json
import struct
import sys
from itertools import zip_longest
from math import floor

from xxhash import xxh3_64_intdigest

MASK, GAMMA = 2**64 - 1, 0x9E3779B97F4A7C15

def hash64(text):
    return xxh3_64_intdigest(text.encode())

def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)

def points(node_id, weight, per_node):
    seed, count = hash64(node_id), max(1, floor(weight * per_node + 0.5)) if weight > 0 else 0
    return [mix((seed + (i + 1) * GAMMA) & MASK) for i in range(count)]

class Ring:
    def __init__(self, members, per_node=160, probes=1):
        self.members, self.probes = {m["id"]: m for m in members}, probes
        self.points = {m["id"]: set(points(m["id"], m["weight"], per_node)) for m in members}
        self.claims = sorted((p, i.encode(), i) for i, of in self.points.items() for p in of)

    def preference_list(self, position):
        if self.probes == 1:
            ahead = [i for p, _, i in self.claims if p >= position]
            return list(dict.fromkeys(ahead + [i for _, _, i in self.claims]))
        probes = [position] + [mix((position + i * GAMMA) & MASK) for i in range(1, self.probes)]
        nearest = {i: min((p - q) & MASK for p in of for q in probes)
                   for i, of in self.points.items() if of}
        return sorted(nearest, key=lambda i: (nearest[i], i.encode()))

    def copies(self, position, levels):
        placed = list(enumerate(self.preference_list(position)))
        return [i for _, i in self.ranked(placed, 0, levels)]

    def ranked(self, placed, level, levels):
        if level == levels:
            return [((place,), i) for place, i in placed]
        domains = {}
        for place, i in placed:
            domains.setdefault(self.members[i]["domains"][level], []).append((place, i))
        inner = [self.ranked(domain, level + 1, levels) for domain in domains.values()]
        return sorted(((r,) + rank, i) for of in inner for r, (rank, i) in enumerate(of))

    def checksum(self):
        k = 0
        for i in range(64):
            k = mix(k ^ hash64("hashring £ € 𝄞 %d" % i))
        total = k + (mix(self.probes) if self.probes > 1 else 0)
        for i, member in self.members.items():
            m = mix(hash64(i) ^ struct.unpack(">Q", struct.pack(">d", member["weight"]))[0])
            total += m + sum(mix(m ^ p) for p in self.points[i])
        return total & MASK

def diff(before, after, copies, levels):
    ends, ranges = sorted({p for p, _, _ in before.claims + after.claims}), {}
    for start, end in zip(ends[-1:] + ends, ends):
        old, new = (r.copies(end, levels)[:copies] for r in (before, after))
        lost, gained = [i for i in old if i not in new], [i for i in new if i not in old]
        for pair in zip_longest(lost, gained):
            of = ranges.setdefault(pair, [])
            of.append((of.pop()[0] if of and of[-1][1] == start else start, end))
    for of in ranges.values():
        if len(of) > 1 and of[-1][1] == of[0][0]:
            of[0] = of.pop()[0], of[0][1]
    return sorted([f"{a:016x}", f"{b:016x}", str(x), str(y)]
                  for (x, y), of in ranges.items() for a, b in of)

def check(expected, actual, what):
    if expected != actual:
        sys.exit("%s: expected %s, not %s" % (what, expected, actual))

kit = json.load(open(sys.argv[1], encoding="utf-8"))
for h in kit["hashes"]:
    check(h["hash"], "%016x" % hash64(h["text"] * h["times"]), h)
for p in kit["points"]:
    found = points(p["id"], p["weight"], p["pointsPerNode"])
    check(p["points"], ["%016x" % x for x in found], p)
rings = {r["name"]: Ring(r["members"], r["pointsPerNode"], r["probes"]) for r in kit["rings"]}
for r in kit["rings"]:
    ring = rings[r["name"]]
    check(r["checksum"], "%016x" % ring.checksum(), r["name"])
    check(r["positions"], len({p for p, _, _ in ring.claims}), r["name"])
    for position, owner in r["owners"]:
        check(owner, ring.preference_list(int(position, 16))[0], position)
    for of in r["lists"]:
        for levels, ids in enumerate(of["byLevels"]):
            check(ids, ring.copies(hash64(of["key"]), levels), (r["name"], of["key"], levels))
for d in kit["diffs"]:
    moves = diff(rings[d["before"]], rings[d["after"]], d["copies"], d["levels"])
    check(sorted([*map(str, m)] for m in d["moves"]), moves, (d["before"], d["after"]))
print("Python: %d rings and %d diffs agree" % (len(kit["rings"]), len(kit["diffs"])))
