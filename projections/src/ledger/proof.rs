//! Proofs, checked with nothing but roots in hand (RFC 9162 2.1.3.2, 2.1.4.2).

use std::fmt;

use super::Hash;

/// A proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// Checks that a leaf stands at an index of the tree of a size with a root.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, path: &[Hash]) -> Result<(), Broken> {
    if index >= size {
        return Err(Broken);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for beside in path {
        if last == 0 {
            return Err(Broken);
        }
        if node % 2 == 1 || node == last {
            hash = Hash::of_node(*beside, hash);
            (node, last) = up_from_the_right(node, last);
        } else {
            hash = Hash::of_node(hash, *beside);
        }
        (node, last) = (node / 2, last / 2);
    }
    if last == 0 && hash == root { Ok(()) } else { Err(Broken) }
}

/// Checks that the tree of one size and root is the beginning of the tree of another size and root.
pub fn verify_consistency(
    (first, first_root): (u64, Hash),
    (second, second_root): (u64, Hash),
    path: &[Hash],
) -> Result<(), Broken> {
    if first == 0 || first > second {
        return Err(Broken);
    }
    if first == second {
        return if path.is_empty() && first_root == second_root { Ok(()) } else { Err(Broken) };
    }
    // A first tree that is one whole part is where the path begins, and is not in the path itself.
    let begins_with = first.is_power_of_two().then_some(first_root);
    let mut path = begins_with.iter().chain(path);
    let begin = *path.next().ok_or(Broken)?;
    let trailing = (first - 1).trailing_ones();
    let (mut node, mut last) = ((first - 1) >> trailing, (second - 1) >> trailing);
    let (mut old, mut new) = (begin, begin);
    for beside in path {
        if last == 0 {
            return Err(Broken);
        }
        if node % 2 == 1 || node == last {
            old = Hash::of_node(*beside, old);
            new = Hash::of_node(*beside, new);
            (node, last) = up_from_the_right(node, last);
        } else {
            new = Hash::of_node(new, *beside);
        }
        (node, last) = (node / 2, last / 2);
    }
    if last == 0 && old == first_root && new == second_root { Ok(()) } else { Err(Broken) }
}

/// A node at the right edge has nothing beside it on some levels: up to where it is a right child.
fn up_from_the_right(mut node: u64, mut last: u64) -> (u64, u64) {
    while node.is_multiple_of(2) && node != 0 {
        (node, last) = (node / 2, last / 2);
    }
    (node, last)
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proof does not hold")
    }
}

impl std::error::Error for Broken {}
