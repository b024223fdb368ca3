//! An endpoint: where it is, what it does, and how it is described. One list of them makes the router and the
//! document, so that neither can have what the other lacks.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodRouter};

use super::operation::Operation;
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
        Self { method: Method::GET, path, operation, handler: routing::get(handler) }
    }

    /// What `POST` to a path does.
    pub(crate) fn post<H: Handler<T, Api>, T: 'static>(
        path: &'static str,
        handler: H,
        operation: Operation,
    ) -> Self {
        Self { method: Method::POST, path, operation, handler: routing::post(handler) }
    }

    /// What `DELETE` of a path does.
    pub(crate) fn delete<H: Handler<T, Api>, T: 'static>(
        path: &'static str,
        handler: H,
        operation: Operation,
    ) -> Self {
        Self { method: Method::DELETE, path, operation, handler: routing::delete(handler) }
    }

    /// The path as OpenAPI writes it: it has no word for a parameter with slashes in it.
    pub(super) fn template(&self) -> String {
        self.path.replace("{*", "{")
    }
}

/// The router of some endpoints, and that of those below a prefix.
pub(crate) fn routed(endpoints: Vec<Endpoint>, prefix: &str) -> (Router<Api>, Router<Api>) {
    let mut routers = (Router::new(), Router::new());
    for Endpoint { path, handler, .. } in endpoints {
        match path.strip_prefix(prefix) {
            Some(below) => routers.1 = routers.1.route(below, handler),
            None => routers.0 = routers.0.route(path, handler),
        }
    }
    routers
}
