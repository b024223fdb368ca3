//! `/docs/problems/{code}`: what a problem means, for a person.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use askama::Template;
use axum::response::Response;

use crate::extract::InPath;
use crate::html;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;

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
    let entry = |code: &ProblemCode| Entry {
        name: code.name(),
        status: code.status().as_u16(),
        title: code.title(),
        detail: code.detail().replace('`', ""),
    };
    html::make(&Page { style: html::STYLE, codes: codes.iter().map(entry).collect() })
}
