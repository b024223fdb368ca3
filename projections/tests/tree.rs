//! The tree and its proofs: the published vectors, and what holds between any two sizes.

use countersign_projections::ledger::{
    Broken, Hash, consistency, inclusion, root, verify_consistency, verify_inclusion,
};
use proptest::prelude::{any, prop, proptest};

/// The data of the published vectors.
const DATA: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The roots of the trees over the first 0, 1, … 8 of them.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn published() -> Vec<Hash> {
    DATA.iter().map(|data| Hash::of_leaf(&hex::decode(data).expect("hexadecimal digits"))).collect()
}

fn texts(path: Option<Vec<Hash>>) -> Vec<String> {
    path.expect("a proof").iter().map(Hash::to_string).collect()
}

/// So many leaves, each over its own number.
fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| Hash::of_leaf(&number.to_be_bytes())).collect()
}

fn size(leaves: &[Hash]) -> u64 {
    u64::try_from(leaves.len()).expect("a small number")
}

#[test]
fn the_roots_are_the_published_ones() {
    let leaves = published();
    let roots: Vec<_> = (0..=leaves.len()).map(|size| root(&leaves[..size]).to_string()).collect();
    assert_eq!(roots, ROOTS);
}

#[test]
fn the_inclusion_proofs_are_the_published_ones() {
    let leaves = published();
    assert_eq!(
        texts(inclusion(&leaves, 0)),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(
        texts(inclusion(&leaves, 5)),
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

#[test]
fn the_consistency_proofs_are_the_published_ones() {
    let leaves = published();
    assert_eq!(
        texts(consistency(&leaves, 6)),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
    assert_eq!(
        texts(consistency(&leaves[..5], 2)),
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ]
    );
}

#[test]
fn every_leaf_of_every_small_tree_is_proven_at_its_index_and_at_no_other() {
    for count in 1..=40 {
        let leaves = leaves(count);
        let root = root(&leaves);
        for (index, leaf) in (0..).zip(&leaves) {
            let path = inclusion(&leaves, usize::try_from(index).unwrap()).unwrap();
            for stated in 0..=count {
                let proven = verify_inclusion(*leaf, stated, count, root, &path);
                assert_eq!(proven.is_ok(), stated == index, "leaf {index} of {count} stated at {stated}");
            }
        }
    }
}

#[test]
fn every_small_tree_is_proven_to_be_the_beginning_of_every_larger_one() {
    for second in 1..=40 {
        let leaves = leaves(second);
        let whole = (second, root(&leaves));
        for first in 1..=second {
            let count = usize::try_from(first).unwrap();
            let path = consistency(&leaves, count).unwrap();
            let begin = root(&leaves[..count]);
            assert_eq!(verify_consistency((first, begin), whole, &path), Ok(()), "{first} in {second}");
            let another = Hash::of_leaf(b"another");
            assert_eq!(verify_consistency((first, another), whole, &path), Err(Broken));
            assert_eq!(verify_consistency((first, begin), (second, another), &path), Err(Broken));
        }
    }
}

#[test]
fn there_is_no_proof_of_what_is_not_there() {
    let leaves = leaves(5);
    assert_eq!(inclusion(&leaves, 5), None);
    assert_eq!(consistency(&leaves, 0), None);
    assert_eq!(consistency(&leaves, 6), None);
}

proptest! {
    #[test]
    fn a_leaf_that_was_changed_is_not_proven(count in 1_u64..200, index in any::<prop::sample::Index>()) {
        let leaves = leaves(count);
        let index = index.index(leaves.len());
        let path = inclusion(&leaves, index).unwrap();
        let place = u64::try_from(index).unwrap();
        let changed = Hash::of_leaf(b"changed");
        assert_eq!(verify_inclusion(leaves[index], place, count, root(&leaves), &path), Ok(()));
        assert_eq!(verify_inclusion(changed, place, count, root(&leaves), &path), Err(Broken));
    }

    #[test]
    fn a_history_that_was_changed_is_not_consistent(
        first in 1_u64..100,
        more in 1_u64..100,
        index in any::<prop::sample::Index>(),
    ) {
        let old = leaves(first);
        let mut new = leaves(first + more);
        new[index.index(old.len())] = Hash::of_leaf(b"changed");
        let path = consistency(&new, old.len()).unwrap();
        let proven = verify_consistency((first, root(&old)), (size(&new), root(&new)), &path);
        assert_eq!(proven, Err(Broken));
    }
}
