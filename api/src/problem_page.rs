//! `/docs/problems/{code}`: what a problem means, for a person.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use askama::Template;
use axum::response::Response;

use crate::endpoints::of_the_api;
use crate::extract::InPath;
use crate::html;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::problem_help::help;
use crate::state::Access;

/// More endpoints than these are not worth a list.
const EVERYWHERE: usize = 24;

#[derive(Template)]
#[template(path = "problems.html")]
struct Page {
    style: &'static str,
    codes: Vec<Entry>,
}

struct Entry {
    name: &'static str,
    status: u16,
    title: &'static str,
    detail: String,
    causes: String,
    again: &'static str,
    /// What can be answered with it: where that is described, and what is asked. None where everything can.
    endpoints: Vec<(&'static str, String)>,
}

/// Made once, however often they are asked for and however slowly they are taken.
static INDEX: LazyLock<html::Made> = LazyLock::new(|| page(&ProblemCode::ALL));
static PAGES: LazyLock<BTreeMap<&str, html::Made>> =
    LazyLock::new(|| ProblemCode::ALL.iter().map(|code| (code.name(), page(&[*code]))).collect());

/// `GET /docs/problems`: all of them.
pub(crate) async fn index() -> Result<Response, Problem> {
    html::made(&INDEX)
}

/// `GET /docs/problems/{code}`: one of them.
pub(crate) async fn show(InPath(name): InPath<String>) -> Result<Response, Problem> {
    html::made(PAGES.get(name.as_str()).ok_or_else(|| Problem::new(ProblemCode::NotFound))?)
}

fn page(codes: &[ProblemCode]) -> html::Made {
    let all = of_the_api(Access::ClientKeys);
    let entry = |code: &ProblemCode| {
        let help = help(*code);
        let endpoints: Vec<_> = all.iter().filter(|endpoint| endpoint.can_be(*code)).collect();
        let is_everywhere = endpoints.is_empty() || endpoints.len() > EVERYWHERE;
        Entry {
            name: code.name(),
            status: code.status().as_u16(),
            title: code.title(),
            detail: code.detail().replace('`', ""),
            causes: help.causes.replace('`', ""),
            again: help.again.words(),
            endpoints: endpoints
                .into_iter()
                .filter(|_| !is_everywhere)
                .map(crate::openapi::Endpoint::reference)
                .collect(),
        }
    };
    html::make(&Page { style: html::STYLE, codes: codes.iter().map(entry).collect() })
}
