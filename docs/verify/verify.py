#!/usr/bin/env python3
"""Checks a Countersign ledger, or the receipt of one event, against a signed tree head.

Needs nothing but Python 3.8 and ed25519.py beside it, and shares no code with the service: it is written from
RFC 8785 (canonical JSON), RFC 9162 (the tree), C2SP signed-note and tlog-checkpoint (the head).
"""
import argparse, base64, hashlib, json, sys

import ed25519

FIELDS = ("aggregate_id", "aggregate_type", "event_type", "event_version", "metadata", "payload", "sequence")
RECEIPT = {"object", "index", "event", "leaf", "size", "inclusion", "tree_head"}
MALFORMED = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


class Broken(ValueError):
    """What does not hold, in words."""


def words(problem):
    return str(problem) if isinstance(problem, ValueError) else f"something is missing or malformed: {problem!r}"


def need(holds, problem):
    if not holds:
        raise Broken(problem)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 is not canonical")
    return data


def open_head(note, vkey):
    """The size and the root that a signed note states, once its signature holds."""
    need(vkey.count("+") >= 2, "the key is not of the form name+id+base64")
    name, key_id, key = vkey.split("+", 2)
    key = unbase64(key)
    need(key[:1] == b"\x01" and sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "the key is malformed")
    text, blank, signatures = note.rpartition("\n\n")
    need(blank and signatures.endswith("\n"), "the head is not a signed note")
    lines = [line.split(" ") for line in signatures[:-1].split("\n")]
    need(all(len(line) == 3 and line[0] == "\u2014" for line in lines), "a signature of the head is malformed")
    ours = [s[4:] for _, who, s in ((*line[:2], unbase64(line[2])) for line in lines)
            if who == name and s[:4].hex() == key_id]
    need(ours, "the head is not signed by this key")
    need(all(ed25519.signed(key[1:], (text + "\n").encode(), s) for s in ours), "the head's signature does not hold")
    origin, size, root, *more = text.split("\n")
    need(origin == name and all(more), "the head is another log's, or malformed")
    need(size.isascii() and size.isdigit() and size == str(int(size)), "the head's size is malformed")
    need(len(unbase64(root)) == 32, "the head's root is malformed")
    return int(size), unbase64(root)


def parse(text):
    def refuse(number):
        raise Broken(f"{number} is not an integer; what is stored has no other numbers")

    def once(pairs):
        need(len(dict(pairs)) == len(pairs), "a key stands twice in an object")
        need(all(key.isascii() for key, _ in pairs), "a key is not ASCII")
        return dict(pairs)
    return json.loads(text, parse_float=refuse, parse_constant=refuse, object_pairs_hook=once)


def leaf_data(event):
    """SHA-256 of the RFC 8785 form, which Python's own encoder writes where keys are ASCII, numbers integers."""
    stored = {field: event[field] for field in FIELDS}
    return sha256(json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def root_of(stack):
    """The root over whole subtrees from left to right, each larger than the next."""
    root = stack[-1][1] if stack else sha256()
    for _, left in reversed(stack[:-1]):
        root = sha256(b"\x01", left, root)
    return root


def check_log(options):
    heads = [("older head", options.older)] if options.older else []
    heads = [(what, *open_head(read(path), options.key)) for what, path in [*heads, ("head", options.head)]]
    need(heads[0][1] <= heads[-1][1], "the older head covers more events than the head")
    roots, streams, stack, count = {0: sha256()}, {}, [], 0
    with open(options.events, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            try:
                event = parse(line)
                need(type(event["index"]) is int and event["index"] == count, f"its index is {event['index']}")
                stream = (event["aggregate_type"], event["aggregate_id"])
                streams[stream] = streams.get(stream, 0) + 1
                need(event["sequence"] == streams[stream],
                     f"sequence {event['sequence']} stands where {streams[stream]} of {stream[1]} belongs")
                node = (0, sha256(b"\x00", leaf_data(event)))
            except MALFORMED as problem:
                raise Broken(f"event {count}: {words(problem)}") from None
            while stack and stack[-1][0] == node[0]:
                node = (node[0] + 1, sha256(b"\x01", stack.pop()[1], node[1]))
            stack.append(node)
            count += 1
            if any(count == size for _, size, _ in heads):
                roots[count] = root_of(stack)
    first = 0
    for what, size, root in heads:
        need(count >= size, f"the {what} covers {size} events, and only {count} are here")
        need(roots[size] == root, f"the root over {size} events is not the {what}'s: "
                                  f"an event from {first} to {size - 1} was altered")
        first = size
    return f"ok: {heads[-1][1]} events match the head"


def check_receipt(options):
    receipt = parse(read(options.receipt))
    need(set(receipt) == RECEIPT and receipt["object"] == "receipt", "it is not a receipt")
    need(set(receipt["event"]) == set(FIELDS), "its event has other fields than a stored one")
    data, index = leaf_data(receipt["event"]), receipt["index"]
    need(data.hex() == receipt["leaf"], "its leaf is not its event's")
    size, root = open_head(receipt["tree_head"], options.key)
    need(size == receipt["size"], "its size is not its head's")
    need(type(index) is int and 0 <= index < size, "its index is not in the tree")
    node, last, found = index, size - 1, sha256(b"\x00", data)
    for beside in map(bytes.fromhex, receipt["inclusion"]):  # RFC 9162 2.1.3.2
        need(last, "its inclusion proof is too long")
        if node % 2 or node == last:
            found = sha256(b"\x01", beside, found)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            found = sha256(b"\x01", found, beside)
        node, last = node >> 1, last >> 1
    need(last == 0 and found == root, "its inclusion proof does not hold")
    return f"ok: event {index} is among the {size} events of the head"


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    log = commands.add_parser("log", help="every event, against one head or two")
    log.add_argument("--head", required=True, help="file: the newest signed tree head")
    log.add_argument("--older", help="file: a head kept from before")
    log.add_argument("events", help="file: one stored event as JSON a line, from index 0")
    receipt = commands.add_parser("receipt", help="one event, against the head in its receipt")
    receipt.add_argument("receipt", help="file: the receipt")
    for command, check in ((log, check_log), (receipt, check_receipt)):
        command.add_argument("--key", required=True, help="the ledger's key: name+id+base64")
        command.set_defaults(check=check)
    options = parser.parse_args()
    try:
        print(options.check(options))
    except OSError as problem:
        parser.exit(2, f"{problem}\n")
    except MALFORMED as problem:
        print(f"broken: {words(problem)}")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
