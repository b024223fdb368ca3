//! Tiles: their paths, their bytes, and that they are the tree.

use countersign_projections::ledger::{Hash, Layer, LeafData, TILE_WIDTH, Tile, TileError, root};
use proptest::prelude::{ProptestConfig, any, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy};

/// The highest level that a tree of 64-bit indexes has.
const TOP_LEVEL: u8 = 7;

fn entries(count: u64) -> Vec<LeafData> {
    (0..count).map(|number| LeafData(Hash::of_leaf(&number.to_be_bytes()).0)).collect()
}

/// What a server answers for a path, over so many entries.
fn served(path: &str, all: &[LeafData]) -> Option<Vec<u8>> {
    let tile: Tile = path.parse().expect("the path of a tile");
    let range = tile.leaves();
    let (start, end) = (usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?);
    let entries = all.get(start..end)?;
    let leaves: Vec<_> = entries.iter().map(LeafData::leaf).collect();
    tile.hash_bytes(&leaves).or_else(|| tile.entry_bytes(entries))
}

/// The root over so many entries, as a client computes it that is given nothing but tiles of hashes.
fn root_through_tiles(all: &[LeafData]) -> Hash {
    let size = u64::try_from(all.len()).expect("a small number");
    let mut rest = None;
    for level in 0..=TOP_LEVEL {
        let count = size >> (8 * u32::from(level));
        let (index, width) = (count / 256, u16::try_from(count % 256).expect("below 256"));
        let partial = Tile::new(Layer::Hashes(level), index, width).map(|tile| tile.to_string());
        let bytes = partial.map_or_else(|_| Vec::new(), |path| served(&path, all).expect("a tile"));
        let hashes = bytes.chunks(32).map(|hash| Hash(hash.try_into().expect("32 bytes")));
        let level: Vec<_> = hashes.chain(rest).collect();
        rest = (!level.is_empty()).then(|| root(&level));
    }
    rest.unwrap_or_else(Hash::of_nothing)
}

fn leaves_of(all: &[LeafData]) -> Vec<Hash> {
    all.iter().map(LeafData::leaf).collect()
}

#[test]
fn the_path_of_a_tile_is_the_specified_one() {
    let path = |layer, index, width| Tile::new(layer, index, width).map(|tile| tile.to_string());
    assert_eq!(path(Layer::Hashes(0), 1_234_067, 256).as_deref(), Ok("tile/0/x001/x234/067"));
    assert_eq!(path(Layer::Hashes(1), 0, 17).as_deref(), Ok("tile/1/000.p/17"));
    assert_eq!(path(Layer::Entries, 1067, 255).as_deref(), Ok("tile/entries/x001/067.p/255"));
    assert_eq!(path(Layer::Entries, 1_000_000, 256).as_deref(), Ok("tile/entries/x001/x000/000"));
}

#[test]
fn a_path_of_another_form_is_refused() {
    let others = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/+00",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/xx01/000",
        "tile/0/x001//000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/+1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/../000",
        "tile/0/000 ",
        "tile/0/x1000/000",
        "tile/0/x1/x000/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/０００",
    ];
    for path in others {
        assert_eq!(path.parse::<Tile>(), Err(TileError::Path), "{path}");
    }
}

#[test]
fn a_tile_is_neither_empty_nor_wider_than_a_full_one() {
    assert_eq!("tile/0/000.p/0".parse::<Tile>(), Err(TileError::Width));
    assert_eq!("tile/0/000.p/257".parse::<Tile>(), Err(TileError::Width));
}

#[test]
fn a_tile_that_no_tree_can_have_is_refused() {
    assert_eq!(Tile::new(Layer::Hashes(TOP_LEVEL + 1), 0, 1), Err(TileError::Range));
    assert_eq!(Tile::new(Layer::Hashes(63), 0, 1), Err(TileError::Range));
    assert_eq!(Tile::new(Layer::Hashes(TOP_LEVEL), 0, TILE_WIDTH), Err(TileError::Range));
    assert_eq!(Tile::new(Layer::Entries, u64::MAX, 1), Err(TileError::Range));
    assert!(Tile::new(Layer::Hashes(TOP_LEVEL), 0, TILE_WIDTH - 1).is_ok());
}

#[test]
fn a_tile_is_over_the_specified_leaves() {
    let leaves = |layer, index, width| Tile::new(layer, index, width).expect("a tile").leaves();
    assert_eq!(leaves(Layer::Hashes(0), 0, 256), 0..256);
    assert_eq!(leaves(Layer::Hashes(0), 3, 5), 768..773);
    assert_eq!(leaves(Layer::Entries, 3, 5), 768..773);
    assert_eq!(leaves(Layer::Hashes(1), 2, 256), 131_072..196_608);
    assert_eq!(leaves(Layer::Hashes(2), 0, 1), 0..65_536);
}

#[test]
fn an_entry_bundle_has_each_entry_behind_its_length() {
    let all = entries(3);
    let expected = [&[0, 32][..], &all[0].0, &[0, 32], &all[1].0, &[0, 32], &all[2].0].concat();
    assert_eq!(served("tile/entries/000.p/3", &all), Some(expected));
}

#[test]
fn each_entry_of_a_bundle_is_under_the_hash_beside_it_in_the_tile_of_level_0() {
    let all = entries(300);
    let bundle = served("tile/entries/001.p/44", &all).unwrap();
    let tile = served("tile/0/001.p/44", &all).unwrap();
    let hashed: Vec<_> = bundle.chunks(34).flat_map(|entry| Hash::of_leaf(&entry[2..]).0).collect();
    assert_eq!(hashed, tile);
}

#[test]
fn a_hash_of_level_1_is_the_root_of_a_full_tile_of_level_0() {
    let all = entries(600);
    let below = served("tile/0/001", &all).unwrap();
    let hashes: Vec<_> = below.chunks(32).map(|hash| Hash(hash.try_into().unwrap())).collect();
    assert_eq!(served("tile/1/000.p/2", &all).unwrap()[32..], root(&hashes).0);
}

#[test]
fn a_tile_is_made_of_exactly_its_own_leaves() {
    let all = entries(4);
    let tile = Tile::new(Layer::Hashes(0), 0, 3).unwrap();
    let bundle = Tile::new(Layer::Entries, 0, 3).unwrap();
    for count in [0, 2, 4] {
        assert_eq!(tile.hash_bytes(&leaves_of(&all[..count])), None);
        assert_eq!(bundle.entry_bytes(&all[..count]), None);
    }
    assert_eq!(bundle.hash_bytes(&leaves_of(&all[..3])), None);
    assert_eq!(tile.entry_bytes(&all[..3]), None);
}

#[test]
fn the_tiles_are_the_tree_at_the_sizes_where_a_level_begins() {
    // The last one has one hash, and one only, on each of three levels.
    let all = entries(65_793);
    for size in [0, 1, 255, 256, 257, 511, 512, 513, 65_793] {
        assert_eq!(root_through_tiles(&all[..size]), root(&leaves_of(&all[..size])), "{size} leaves");
    }
}

fn layer() -> impl Strategy<Value = Layer> {
    prop_oneof![Just(Layer::Entries), (0..=TOP_LEVEL).prop_map(Layer::Hashes)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_tiles_are_the_tree(size in 0_u64..3000) {
        let all = entries(size);
        assert_eq!(root_through_tiles(&all), root(&leaves_of(&all)));
    }
}

proptest! {
    #[test]
    fn a_path_tells_its_tile(layer in layer(), index in any::<u64>(), shift in 8_u32..64, width in 1_u16..=256) {
        if let Ok(tile) = Tile::new(layer, index >> shift, width) {
            assert_eq!((tile.layer(), tile.index(), tile.width()), (layer, index >> shift, width));
            assert_eq!(tile.to_string().parse(), Ok(tile));
        }
    }

    #[test]
    fn any_text_is_a_path_or_is_refused(rest in "[0-9x/.p]{0,20}") {
        let path = format!("tile/{rest}");
        if let Ok(tile) = path.parse::<Tile>() {
            assert_eq!(tile.to_string(), path);
        }
    }
}
