//! `/docs/problems/{code}`: what a problem means, for a person.

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

/// `GET /docs/problems`: all of them.
pub(crate) async fn index() -> Result<Response, Problem> {
    page(&ProblemCode::ALL)
}

/// `GET /docs/problems/{code}`: one of them.
pub(crate) async fn show(InPath(name): InPath<String>) -> Result<Response, Problem> {
    let code = ProblemCode::ALL.into_iter().find(|code| code.name() == name);
    page(&[code.ok_or_else(|| Problem::new(ProblemCode::NotFound))?])
}

fn page(codes: &[ProblemCode]) -> Result<Response, Problem> {
    let entry = |code: &ProblemCode| Entry {
        name: code.name(),
        status: code.status().as_u16(),
        title: code.title(),
        detail: code.detail().replace('`', ""),
    };
    html::shown(&Page { style: html::STYLE, codes: codes.iter().map(entry).collect() })
}
