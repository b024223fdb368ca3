//! `/docs/problems/{code}`: what a problem means, for a person.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};

use crate::problem::Problem;
use crate::problem_code::ProblemCode;

#[derive(Template)]
#[template(path = "problems.html")]
struct Page {
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
pub(crate) async fn show(Path(name): Path<String>) -> Result<Response, Problem> {
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
    let html = Page { codes: codes.iter().map(entry).collect() }.render();
    html.map(|html| Html(html).into_response()).map_err(|_| Problem::new(ProblemCode::InternalError))
}
