//! Connections that are cut before and after every step of every command: between client and server, and
//! between server and database. Whatever was cut, who asks again under the same key has one effect, and the true reply.
//!
//! | room | what is in it |
//! |---|---|
//! | [`proxy`] | what stands between, and cuts |
//! | [`command`] | the commands: what leads to each, and what must be true behind it |
//! | `credentials` | those about sessions, passwords, recovery, and backup codes outside of a sign-in |
//! | `slips` | those that are attempts with what is wrong |
//! | [`run`] | a command, cut at each of its steps |
//! | `places` | where it is cut |
//! | [`outcome`] | what came of it |
//! | [`crash`] | a command whose server is killed between commit and reply |

pub mod command;
pub mod crash;
mod credentials;
pub mod outcome;
mod places;
pub mod proxy;
pub mod run;
mod slips;
