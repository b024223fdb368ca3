//! Where a command is cut.

use super::proxy::{Cut, Passed, Place, Side};

/// The places at which a command can be cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    steps: u64,
    commits: u64,
}

impl Places {
    /// Those of a run that nobody cut: its steps, and until its answer what the database was asked to commit.
    pub(super) fn of(until_answered: Passed, in_all: Passed) -> Self {
        Self { steps: in_all.steps, commits: until_answered.commits }
    }

    /// Both sides of everything that is committed.
    pub(super) fn commits(self) -> Vec<Cut> {
        both_sides((0..self.commits).map(Place::Commit))
    }

    /// Both sides of every step.
    pub(super) fn steps(self) -> Vec<Cut> {
        both_sides((0..self.steps).map(Place::Step))
    }

    /// Any side of any step.
    pub(super) fn any(self, dice: &mut Dice) -> Cut {
        let side = if dice.below(2) == 0 { Side::Before } else { Side::After };
        Cut { place: Place::Step(dice.below(self.steps)), side }
    }
}

fn both_sides(places: impl Iterator<Item = Place>) -> Vec<Cut> {
    let sides = |place| [Side::Before, Side::After].map(|side| Cut { place, side });
    places.flat_map(sides).collect()
}

/// Numbers by chance that come again with the same seed (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another one.
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most.max(1)
    }
}
