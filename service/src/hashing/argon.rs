//! Argon2id in memory that is kept.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use countersign_domain::password::Password;
use countersign_domain::secret::Verifier;
use subtle::ConstantTimeEq;

use super::{Checked, Cost, HashingFailed};
use crate::entropy;

/// The most memory, in KiB, that a stored hash may ask for: a bound on what a database can make us do.
const MEMORY_KIB_MOST: u32 = 262_144;
/// Bytes of salt.
const SALT_BYTES: usize = 16;
/// Bytes of hash.
const HASH_BYTES: usize = 32;

pub(super) fn hash(
    password: &Password,
    cost: Cost,
    memory: &mut Vec<Block>,
) -> Result<Verifier, HashingFailed> {
    let salt = entropy::bytes::<SALT_BYTES>();
    let params = params(cost)?;
    let mut output = [0; HASH_BYTES];
    fill(password, &salt, &params, memory, &mut output)?;
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|_| HashingFailed)?,
        salt: Some(Salt::new(&salt).map_err(|_| HashingFailed)?),
        hash: Some(Output::new(&output).map_err(|_| HashingFailed)?),
    };
    Ok(Verifier::plain(phc.to_string()))
}

pub(super) fn check(
    password: &Password,
    stored: &Verifier,
    cost: Cost,
    memory: &mut Vec<Block>,
) -> Result<Checked, HashingFailed> {
    let stored = PasswordHash::new(stored.known().ok_or(HashingFailed)?).map_err(|_| HashingFailed)?;
    let params = Params::try_from(&stored).map_err(|_| HashingFailed)?;
    let (salt, expected) = (stored.salt.ok_or(HashingFailed)?, stored.hash.ok_or(HashingFailed)?);
    let known = stored.algorithm == Algorithm::Argon2id.ident() && params.m_cost() <= MEMORY_KIB_MOST;
    if !known || expected.len() != HASH_BYTES {
        return Err(HashingFailed);
    }
    let mut output = [0; HASH_BYTES];
    fill(password, &salt, &params, memory, &mut output)?;
    let fits = bool::from(output.as_slice().ct_eq(expected.as_bytes()));
    Ok(Checked { fits, outdated: is_cheaper(&params, cost) })
}

fn fill(
    password: &Password,
    salt: &[u8],
    params: &Params,
    memory: &mut Vec<Block>,
    output: &mut [u8; HASH_BYTES],
) -> Result<(), HashingFailed> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let seats = memory.get_mut(..blocks).ok_or(HashingFailed)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, output, seats)
        .map_err(|_| HashingFailed)
}

fn params(cost: Cost) -> Result<Params, HashingFailed> {
    Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_BYTES)).map_err(|_| HashingFailed)
}

fn is_cheaper(params: &Params, cost: Cost) -> bool {
    params.m_cost() < cost.memory_kib || params.t_cost() < cost.passes
}
