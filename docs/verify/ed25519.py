"""Checks an Ed25519 signature, from RFC 8032 and nothing else; a library that you trust does as well.

Not for signing: it takes its time, and the time depends on what it is given.
"""
import hashlib

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)


def point(data):
    """A point of the curve from its 32 bytes (RFC 8032 5.1.3)."""
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT_OF_MINUS_1 % P
    if len(data) != 32 or y >= P or x * x % P != square or (odd and not x):
        raise ValueError("not a point of the curve")
    return (x if x % 2 == odd else P - x), y


def plus(p, q):
    cross, straight, product = p[0] * q[1] + p[1] * q[0], p[1] * q[1] + p[0] * q[0], D * p[0] * p[1] * q[0] * q[1]
    return cross * pow(1 + product, -1, P) % P, straight * pow(1 - product, -1, P) % P


def times(number, p):
    result = (0, 1)
    while number:
        result, p, number = plus(result, p) if number & 1 else result, plus(p, p), number >> 1
    return result


def signed(key, text, signature):
    """Whether s·B = R + k·A (RFC 8032 5.1.7)."""
    s, k = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + key + text).digest()
    if len(signature) != 64 or s >= ORDER:
        raise ValueError("the signature is malformed")
    answer = plus(point(signature[:32]), times(int.from_bytes(k, "little") % ORDER, point(key)))
    return times(s, point(b"\x58" + b"\x66" * 31)) == answer
