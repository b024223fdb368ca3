//! Proofs from stored parts: which whole subtrees a root or a proof is made of, for who cannot hold all
//! leaves in memory (RFC 9162 2.1.3.1, 2.1.4.1).
//!
//! Every hash of a proof is over a range of leaves, and a range is whole subtrees from left to right, each
//! smaller than the one before. Whoever has the hashes of the subtrees joins them.

use super::Hash;

/// A whole subtree: over two to the power of `height` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subtree {
    /// How many levels it is above the leaves.
    pub height: u32,
    /// Its place among the subtrees of its height, from 0.
    pub index: u64,
}

/// The subtrees that a range of leaves is made of, from left to right.
pub type Parts = Vec<Subtree>;

/// The hash over a range, from the hashes of its parts.
pub fn join(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Hash::of_nothing(),
        [only] => *only,
        [first, rest @ ..] => Hash::of_node(*first, join(rest)),
    }
}

/// The parts of the root over the first so many leaves.
pub fn root_parts(size: u64) -> Parts {
    parts(0, size)
}

/// The parts of each hash of an inclusion proof, from the leaf up; nothing where there is no such leaf.
pub fn inclusion_parts(index: u64, size: u64) -> Option<Vec<Parts>> {
    (index < size).then(|| inclusion(index, 0, size))
}

/// The parts of each hash of a consistency proof; nothing where there are not so many leaves, or none.
pub fn consistency_parts(first: u64, size: u64) -> Option<Vec<Parts>> {
    (1..=size).contains(&first).then(|| consistency(first, 0, size, true))
}

/// Of the range from `start` on, which begins where a subtree larger than it would.
fn inclusion(index: u64, start: u64, count: u64) -> Vec<Parts> {
    if count == 1 {
        return Vec::new();
    }
    let left = half(count);
    let (mut path, beside) = if index < start + left {
        (inclusion(index, start, left), parts(start + left, count - left))
    } else {
        (inclusion(index, start + left, count - left), parts(start, left))
    };
    path.push(beside);
    path
}

/// `whole` while the old tree is still one whole part of the new one, whose root the verifier knows.
fn consistency(first: u64, start: u64, count: u64, whole: bool) -> Vec<Parts> {
    if first == start + count {
        return if whole { Vec::new() } else { vec![parts(start, count)] };
    }
    let left = half(count);
    let (mut path, beside) = if first <= start + left {
        (consistency(first, start, left, whole), parts(start + left, count - left))
    } else {
        (consistency(first, start + left, count - left, false), parts(start, left))
    };
    path.push(beside);
    path
}

fn parts(mut start: u64, mut count: u64) -> Parts {
    let mut parts = Vec::new();
    while let Some(height) = count.checked_ilog2() {
        parts.push(Subtree { height, index: start >> height });
        start += 1 << height;
        count -= 1 << height;
    }
    parts
}

/// The largest power of two below a count of two or more.
fn half(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{consistency, inclusion, root};
    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| Hash::of_leaf(&number.to_be_bytes())).collect()
    }

    fn joined(leaves: &[Hash], parts: &[Subtree]) -> Hash {
        let hash = |part: &Subtree| {
            let (start, count) = (part.index << part.height, 1 << part.height);
            root(&leaves[usize::try_from(start).unwrap()..][..count])
        };
        join(&parts.iter().map(hash).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn what_is_joined_from_parts_is_what_is_read_off_all_leaves(size in 1_u64..600, at in 0_u64..600) {
            let leaves = leaves(size);
            let at = at % size;
            let place = usize::try_from(at).unwrap();
            prop_assert_eq!(joined(&leaves, &root_parts(size)), root(&leaves));
            let join_all = |path: Vec<Parts>| path.iter().map(|parts| joined(&leaves, parts)).collect::<Vec<_>>();
            prop_assert_eq!(inclusion_parts(at, size).map(join_all), inclusion(&leaves, place));
            prop_assert_eq!(consistency_parts(at + 1, size).map(join_all), consistency(&leaves, place + 1));
        }
    }

    #[test]
    fn there_is_no_proof_of_what_is_not_there() {
        assert_eq!(inclusion_parts(3, 3), None);
        assert_eq!(consistency_parts(0, 3), None);
        assert_eq!(consistency_parts(4, 3), None);
        assert_eq!(join(&[]), Hash::of_nothing());
    }
}
