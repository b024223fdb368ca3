//! A command whose answer is made, and kept, before its events are appended: what cannot be answered is not done, and
//! what is done can be answered again.

use countersign_domain::account::{Account, AccountCommand, AccountRefusal};
use countersign_domain::decider::Decider;
use countersign_domain::id::AccountId;
use countersign_stores::idempotency::AppendsBehind;
use countersign_stores::{Loaded, Metadata};

use crate::command::{Beside, Done, Undone};
use crate::error::ServiceError;
use crate::once::{Keeper, Until};
use crate::service::Service;

/// The stream that a command goes to, and what is known of it.
pub(crate) struct Target<'a> {
    /// The account.
    pub(crate) account: AccountId,
    /// Its state, where it was loaded a moment ago.
    pub(crate) known: Option<Loaded<Account>>,
    /// What is recorded beside the events.
    pub(crate) metadata: &'a Metadata,
    /// What takes the kept answer away when it comes to its end, where it is not a refusal.
    pub(crate) until: Option<Until>,
}

/// The answer of a command that is under way.
struct Answering<'a, T, F> {
    keeper: &'a Keeper<T>,
    stream: String,
    until: Option<Until>,
    answer: F,
    made: Option<Result<T, ServiceError>>,
}

impl<D, T, F> Beside<D> for Answering<'_, T, F>
where
    D: Decider,
    T: Send + Sync,
    F: Fn(&Done<D>) -> Result<T, ServiceError> + Send,
{
    async fn loaded(&mut self) -> Result<(), ServiceError> {
        self.keeper.stop_if_answered().await
    }

    async fn decided(
        &mut self,
        behind: u64,
        done: impl FnOnce() -> Done<D> + Send,
    ) -> Result<(), ServiceError> {
        let answer = match (self.answer)(&done()) {
            Err(error) if !error.is_answer() => return Err(error),
            answer => answer,
        };
        let behind = AppendsBehind { aggregate_type: D::TYPE, stream: self.stream.clone(), version: behind };
        // A refusal is kept as long as a stranger's is: when it is gone must not tell whose address it was for.
        let until = self.until.filter(|_| answer.is_ok());
        self.keeper.keep(&behind, until, answer.as_ref()).await?;
        self.made = Some(answer);
        Ok(())
    }
}

impl Service {
    /// Carries a command to a stream, and gives the answer that was made of it, with what came of it.
    pub(crate) async fn answer_from<D: Decider, T: Send + Sync>(
        &self,
        stream: &str,
        (known, metadata, until): (Option<Loaded<D>>, &Metadata, Option<Until>),
        keeper: &Keeper<T>,
        command: impl FnMut(&D) -> Result<D::Command, ServiceError> + Send,
        answer: impl Fn(&Done<D>) -> Result<T, ServiceError> + Send,
    ) -> Result<(Result<T, ServiceError>, Done<D>), Undone<D::Refusal>> {
        let mut beside = Answering { keeper, stream: stream.to_owned(), until, answer, made: None };
        let commands = &self.parts().commands;
        let done = commands.execute_beside(stream, known, metadata, command, &mut beside).await?;
        let made = if done.events.is_empty() {
            (beside.answer)(&done)
        } else {
            keeper.committed();
            let missing = || Err(ServiceError::broken("a command came to an end without an answer"));
            beside.made.unwrap_or_else(missing)
        };
        Ok((made, done))
    }

    /// Carries a command to an account, starts what it leaves to be done, and gives the answer that was made of it.
    pub(crate) async fn answer_with<T: Send + Sync>(
        &self,
        target: Target<'_>,
        keeper: &Keeper<T>,
        command: impl FnMut(&Account) -> Result<AccountCommand, ServiceError> + Send,
        answer: impl Fn(&Done<Account>) -> Result<T, ServiceError> + Send,
    ) -> Result<T, Undone<AccountRefusal>> {
        let Target { account, known, metadata, until } = target;
        let given = (known, metadata, until);
        let (made, done) = self.answer_from(&account.to_string(), given, keeper, command, answer).await?;
        self.follow(account, metadata.client, done).await;
        made.map_err(Undone::Failed)
    }
}
