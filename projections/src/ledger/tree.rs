//! The tree over leaves, from the leaves themselves: its root, and the proofs that are read off it
//! (RFC 9162 2.1.1, 2.1.3.1, 2.1.4.1).

use super::Hash;

/// The root of the tree over these leaves.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_nothing(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = halves(leaves);
            Hash::of_node(root(left), root(right))
        }
    }
}

/// What proves that the leaf at an index is in the tree over these leaves, from the leaf up; nothing where
/// there is no such leaf.
pub fn inclusion(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = halves(leaves);
    let (mut path, beside) = match index.checked_sub(left.len()) {
        None => (inclusion(left, index)?, right),
        Some(index) => (inclusion(right, index)?, left),
    };
    path.push(root(beside));
    Some(path)
}

/// What proves that the tree over the first so many leaves is the beginning of the tree over all of them;
/// nothing where there are not so many, or none.
pub fn consistency(leaves: &[Hash], first: usize) -> Option<Vec<Hash>> {
    (1..=leaves.len()).contains(&first).then(|| steps(leaves, first, true))
}

/// The steps of a consistency proof; `whole` while the old tree is still one whole part of the new one,
/// whose root the verifier knows.
fn steps(leaves: &[Hash], first: usize, whole: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = halves(leaves);
    let (mut path, beside) = match first.checked_sub(left.len()) {
        None | Some(0) => (steps(left, first, whole), right),
        Some(rest) => (steps(right, rest, false), left),
    };
    path.push(root(beside));
    path
}

/// Two or more leaves, parted at the largest power of two below their number.
fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}
