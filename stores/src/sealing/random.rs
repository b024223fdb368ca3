//! Random bytes for keys and nonces.

use rand::TryRng;
use rand::rngs::SysRng;

/// Random bytes of the operating system.
pub(crate) fn random_bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    SysRng.try_fill_bytes(&mut bytes).expect("an operating system that runs us has random bytes");
    bytes
}
