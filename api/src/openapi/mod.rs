//! What the API is, as OpenAPI 3.1 says it, and the router that is made of the same list.
//!
//! | file | what is in it |
//! |---|---|
//! | `endpoint` | an endpoint: where it is, its handler, its description; the router of a list of them |
//! | `operation`, `parameter`, `answer` | the description |
//! | `schema`, `words`, `components` | the shapes of JSON, the closed words, the shapes that have a name |
//! | `problem` | problems: a shape for each code, an answer for each status |
//! | `document` | the document of a list of endpoints |
//! | `page` | the same for a person: `/docs` |
//!
//! The lists themselves are in `crate::endpoints`.

mod answer;
mod components;
mod document;
mod endpoint;
mod operation;
mod page;
mod parameter;
mod problem;
mod samples;
pub(crate) mod schema;
mod words;

pub(crate) use answer::{Answer, Header};
pub(crate) use components::filter;
pub(crate) use document::document;
pub(crate) use endpoint::{Endpoint, routed};
pub(crate) use operation::{Credential, Operation, Topic};
pub(crate) use page::page;
pub(crate) use parameter::Parameter;
