//! A place in the hash pool for who signs in: one of those for everybody, or, once these are taken, one of those that are
//! kept for people who come from a device that is known.
//!
//! A crowd that takes every place keeps strangers out, and with them nobody who was here before. Whether a device is
//! known is looked up for whoever names one: the same work and the same answer, whatever the look-up finds, for all but
//! those who hold the token of a device of that very account.

use std::time::Duration;

use countersign_domain::id::AccountId;
use tokio::time::timeout;

use super::sign_in::SignInRequest;
use crate::error::ServiceError;
use crate::floor::{Floor, LOOK_UP_TAKES};
use crate::hashing::{Place, PoolFull};
use crate::service::Service;

/// How long a look-up waits for its turn among others.
const TURN_WITHIN: Duration = Duration::from_secs(2);

impl Service {
    /// Whether no place is left for who comes from no known device.
    pub fn is_hashing_full(&self) -> bool {
        self.parts().hashing.is_full()
    }

    /// Counts somebody who was refused since no place was left.
    pub fn refused_to_hash(&self) {
        self.parts().hashing.refused();
    }

    /// A place for a sign-in, taken before anything else is done for it.
    pub(super) async fn place_for_sign_in(&self, request: &SignInRequest) -> Result<Place, ServiceError> {
        let hashing = &self.parts().hashing;
        if let Some(place) = hashing.try_place() {
            return Ok(place);
        }
        let place = match &request.device_token {
            Some(_) => self.place_for_known(request).await?,
            None => None,
        };
        place.ok_or_else(|| {
            hashing.refused();
            PoolFull.into()
        })
    }

    async fn place_for_known(&self, request: &SignInRequest) -> Result<Option<Place>, ServiceError> {
        let looked_up = Floor::of(LOOK_UP_TAKES);
        let account = self.account_of_known(request).await?;
        looked_up.reached().await;
        Ok(account.and_then(|account| self.parts().hashing.place_for_known(account)))
    }

    /// The account of the address, if the device is known to it and may try a password now.
    async fn account_of_known(&self, request: &SignInRequest) -> Result<Option<AccountId>, ServiceError> {
        let turn = timeout(TURN_WITHIN, self.parts().hashing.turn_to_look_up()).await;
        let Ok(_turn) = turn else { return Ok(None) };
        let Some(holder) = self.holder(&request.email).await? else { return Ok(None) };
        let device = self.may_try(&holder.account.state, request)?.and_then(|(device, _)| device);
        Ok(device.map(|_| holder.id))
    }
}
