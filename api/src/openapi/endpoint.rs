//! An endpoint: where it is, what it does, and how it is described. One list of them makes the router and the
//! document, so that neither can have what the other lacks.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodRouter};

use super::operation::{Admission, Credential, Operation};
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// An endpoint.
pub(crate) struct Endpoint {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) operation: Operation,
    handler: MethodRouter<Api>,
}

impl Endpoint {
    /// What `GET` of a path does.
    pub(crate) fn get<H: Handler<T, Api>, T: 'static>(
        path: &'static str,
        handler: H,
        operation: Operation,
    ) -> Self {
        Self::new(Method::GET, path, routing::get(handler), operation)
    }

    /// What `POST` to a path does.
    pub(crate) fn post<H: Handler<T, Api>, T: 'static>(
        path: &'static str,
        handler: H,
        operation: Operation,
    ) -> Self {
        Self::new(Method::POST, path, routing::post(handler), operation)
    }

    /// What `DELETE` of a path does.
    pub(crate) fn delete<H: Handler<T, Api>, T: 'static>(
        path: &'static str,
        handler: H,
        operation: Operation,
    ) -> Self {
        Self::new(Method::DELETE, path, routing::delete(handler), operation)
    }

    fn new(method: Method, path: &'static str, handler: MethodRouter<Api>, operation: Operation) -> Self {
        let operation = operation.versioned(path.starts_with("/v1/"));
        Self { method, path, operation, handler }
    }

    /// Whether it belongs to the API proper, whose first version is below `/v1`.
    pub(crate) fn is_versioned(&self) -> bool {
        self.operation.is_versioned
    }

    /// Whether it is answered however much there is to do.
    pub(crate) fn is_outside_limits(&self) -> bool {
        self.operation.is_always_answered()
    }

    /// Whether a password is hashed for it.
    pub(crate) fn hashes(&self) -> bool {
        self.operation.admission == Admission::WithHash
    }

    /// Whether no credential is asked for.
    pub(crate) fn is_public(&self) -> bool {
        self.operation.credential == Credential::None
    }

    /// Whether it can be answered with a problem.
    pub(crate) fn can_be(&self, code: ProblemCode) -> bool {
        self.operation.problems().contains(&code)
    }

    /// Where its description is on the page, and what is asked: method and path.
    pub(crate) fn reference(&self) -> (&'static str, String) {
        (self.operation.id, format!("{} {}", self.method, self.template()))
    }

    /// The path as OpenAPI writes it: it has no word for a parameter with slashes in it.
    pub(super) fn template(&self) -> String {
        self.path.replace("{*", "{")
    }
}

/// The router of some endpoints.
pub(crate) fn routed(endpoints: Vec<Endpoint>) -> Router<Api> {
    let add = |router: Router<Api>, endpoint: Endpoint| router.route(endpoint.path, endpoint.handler);
    endpoints.into_iter().fold(Router::new(), add)
}
