//! Accounts with a saved backup code and sign-ins that await an answer: decided and appended as the service
//! does, without the password hashes that the race is not about.

use countersign_domain::account::{
    Account, AccountCommand, AnswerEmailCode, CodeCheck, CodeMessage, NewBackupCode, NewChallenge,
    NewSession, PasswordCheck, Register, StartSignIn,
};
use countersign_domain::code::BackupCode;
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::email_address::{EmailAddress, EmailAddressCommand};
use countersign_domain::id::{AccountId, SignInId};
use countersign_domain::secret::Verifier;
use countersign_domain::session::{Session, SessionCommand, Started};
use countersign_domain::time::Timestamp;
use countersign_domain::word::{AddressKey, CodeId, Locale, SignInPurpose};
use countersign_service::clock::Clock;
use countersign_service::entropy;
use countersign_service::keys::Keys;
use countersign_stores::{EventStore, Loaded, Metadata, Purpose};

use super::{Contest, Entry, SignIns};
use crate::process::installation::Installation;

/// Makes contests, as many as are asked for.
pub(in crate::faults) struct Seeder {
    store: EventStore,
    keys: Keys,
}

/// An account's life, decided step by step and appended at once.
struct Life<'a> {
    keys: &'a Keys,
    id: AccountId,
    now: Timestamp,
    state: Account,
    events: Vec<Recorded<<Account as Decider>::Event>>,
    /// The refresh token of the session that was offered last.
    refresh_token: String,
}

impl Seeder {
    pub(in crate::faults) async fn of(installation: &Installation) -> Self {
        Self { store: installation.store().await, keys: installation.keys() }
    }

    /// An account with a saved backup code, and sign-ins for so many racers.
    pub(super) async fn contest(&self, racers: usize, sign_ins: SignIns) -> Contest {
        let mut life = Life::begin(&self.keys);
        let address = life.register();
        let code = life.sign_in_and_save();
        let entries = match sign_ins {
            SignIns::Shared => vec![life.start_sign_in(); racers],
            SignIns::Own => (0..racers).map(|_| life.start_sign_in()).collect(),
        };
        let contest = Contest {
            account: life.id.to_string(),
            backup_code: life.saved().expect("a code is saved"),
            code: code.grouped(),
            entries: entries.into_iter().map(|id| entry(&self.keys, life.id, id)).collect(),
        };
        self.keep(life, address).await;
        contest
    }

    /// A session that was granted a moment ago: its id, and its refresh token.
    pub(in crate::faults) async fn session(&self) -> (String, String) {
        let mut life = Life::begin(&self.keys);
        let address = life.register();
        life.sign_in_and_save();
        let (session, _) = life.granted().expect("the first sign-in came to a session");
        let token = life.refresh_token.clone();
        self.keep(life, address).await;
        (session, token)
    }

    /// Appends an account's life, the claim of its address, and the start of its session.
    async fn keep(&self, life: Life<'_>, address: AddressKey) {
        let (session, started) = life.granted().expect("the first sign-in came to a session");
        let claim = EmailAddressCommand::Claim { account: life.id };
        let now = life.now;
        self.append::<Account>(&life.id.to_string(), life.events).await;
        self.append::<EmailAddress>(&address.to_string(), decided::<EmailAddress>(now, claim)).await;
        self.append::<Session>(&session, decided::<Session>(now, SessionCommand::Start(started))).await;
    }

    async fn append<D: Decider>(&self, stream: &str, events: Vec<Recorded<D::Event>>) {
        let metadata = Metadata {
            command_id: entropy::uuid(Clock::System.now()),
            idempotency: None,
            request_id: None,
            actor: Some("seed".to_owned()),
            client: None,
            ip: None,
            user_agent: None,
            ip_stated_by: None,
            device: None,
            service_version: "0".to_owned(),
        };
        let appended = self.store.append(Loaded::<D>::fresh(stream), events, &metadata).await;
        appended.expect("a fresh stream takes events");
    }
}

impl<'a> Life<'a> {
    fn begin(keys: &'a Keys) -> Self {
        let now = Clock::System.now();
        let (state, events, refresh_token) = (Account::default(), Vec::new(), String::new());
        Self { keys, id: entropy::id(now), now, state, events, refresh_token }
    }

    fn take(&mut self, command: AccountCommand) {
        for event in self.state.decide(self.now, command).expect("the seed asks for what is possible") {
            self.state.evolve(self.now, &event);
            self.events.push(Recorded { at: self.now, event });
        }
        self.settle();
    }

    /// Every message counts as sent.
    fn settle(&mut self) {
        while let Some(sending) = self.state.unsettled().first().copied() {
            let sent = AccountCommand::RecordCodeSent { challenge: sending.challenge, send: sending.send };
            for event in self.state.decide(self.now, sent).expect("a message can be recorded as sent") {
                self.state.evolve(self.now, &event);
                self.events.push(Recorded { at: self.now, event });
            }
        }
    }

    fn register(&mut self) -> AddressKey {
        let email = format!("racer-{}@countersign.example", self.id.uuid().simple());
        let email = email.parse().expect("an address is one");
        let address = self.keys.address_keys(&email).expect("there is a key").swap_remove(0);
        self.take(AccountCommand::Register(Register {
            registration: entropy::id(self.now),
            email,
            email_key: address.clone(),
            password: Verifier::plain("a hash that nobody compares with"),
            locale: Locale::default(),
            challenge: self.challenge(),
            message: CodeMessage::Code,
        }));
        self.take(AccountCommand::VerifyEmail);
        address
    }

    fn start_sign_in(&mut self) -> SignInId {
        let sign_in = entropy::id(self.now);
        let version = self.state.person().map_or(0, |person| person.password_version);
        self.take(AccountCommand::StartSignIn(StartSignIn {
            sign_in,
            client: None,
            device: None,
            device_label: None,
            locale: Locale::default(),
            purpose: SignInPurpose::SignIn,
            check: PasswordCheck { version, fits: true, rehashed: None },
            challenge: self.challenge(),
        }));
        sign_in
    }

    fn sign_in_and_save(&mut self) -> BackupCode {
        let sign_in = self.start_sign_in();
        let code = entropy::backup_code();
        let issued = self.keys.new_backup_code(self.id, entropy::id(self.now), &code);
        let issued = issued.expect("there is a key");
        let challenge = self.state.sign_in(sign_in).and_then(|sign_in| sign_in.challenge());
        let check = CodeCheck { challenge: challenge.map(|challenge| challenge.id), fits: true };
        self.answer(sign_in, check, issued.clone());
        let session = self.session();
        self.take(AccountCommand::ConfirmSave { sign_in, backup_code: issued.id, saved: true, session });
        code
    }

    fn answer(&mut self, sign_in: SignInId, check: CodeCheck, backup_code: NewBackupCode) {
        let session = self.session();
        self.take(AccountCommand::AnswerEmailCode(AnswerEmailCode {
            sign_in,
            challenge: None,
            check,
            backup_code,
            session,
        }));
    }

    fn challenge(&self) -> NewChallenge {
        NewChallenge {
            id: entropy::id(self.now),
            code_id: CodeId(entropy::uuid(self.now)),
            key: self.keys.current(),
        }
    }

    fn session(&mut self) -> NewSession {
        let id = entropy::id(self.now);
        self.refresh_token = self.keys.refresh_token(self.id, id).expect("there is a key");
        let verifier = self.keys.token_verifier(Purpose::RefreshTokens, &self.refresh_token);
        NewSession { id, refresh_token: verifier.expect("there is a key"), device: None }
    }

    fn saved(&self) -> Option<String> {
        let codes = &self.state.person()?.backup_codes;
        codes.confirmed.as_ref().map(|code| code.id.to_string())
    }

    /// The session that the first sign-in was granted.
    fn granted(&self) -> Option<(String, Started)> {
        use countersign_domain::account::Stage;
        let sign_in = self.state.person()?.sign_ins.first()?;
        let Stage::SignedIn(grant) = &sign_in.stage else { return None };
        let started = Started {
            account: self.id,
            sign_in: sign_in.id,
            client: None,
            refresh_token: grant.refresh_token.clone(),
            amr: grant.amr.clone(),
            aal: grant.aal,
            generation: grant.generation,
            expires_at: grant.expires_at,
            granted_at: Some(grant.granted_at),
            device_label: None,
        };
        Some((grant.session.to_string(), started))
    }
}

fn entry(keys: &Keys, account: AccountId, id: SignInId) -> Entry {
    let token = keys.sign_in_token(account, id, None).expect("there is a key");
    Entry { sign_in: id.to_string(), token }
}

/// What a fresh stream's first command comes to.
fn decided<D: Decider>(now: Timestamp, command: D::Command) -> Vec<Recorded<D::Event>> {
    let events = D::default().decide(now, command);
    let events = events.unwrap_or_else(|_| panic!("a fresh {} takes the command", D::TYPE));
    events.into_iter().map(|event| Recorded { at: now, event }).collect()
}
