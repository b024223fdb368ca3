//! The classes and objects of the schema that we use, with those of their attributes that we write.
//!
//! As in the schema, what extends another has its attributes, and its constraint unless it has one itself.

use super::choices::{
    ACCOUNT_ACTIVITIES, ACCOUNT_CLASS, AUTHENTICATION_ACTIVITIES, AUTHENTICATION_CLASS, CATEGORY, Choices,
    FACTOR_TYPE, SEVERITY, STATUS, USER_TYPE,
};
use Kind::{Address, Choice, Flag, Free, Integer, List, One, Text};

/// A class of events.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) uid: i64,
    pub(super) caption: &'static str,
    pub(super) activities: &'static Choices,
    pub(super) object: &'static Object,
}

/// A set of attributes.
#[derive(Debug)]
pub(super) struct Object {
    /// The file of the schema that says so.
    pub(super) source: &'static str,
    pub(super) extends: Option<&'static Object>,
    pub(super) attributes: &'static [Attribute],
    /// One of these has to be there.
    pub(super) at_least_one: &'static [&'static str],
}

#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
    pub(super) kind: Kind,
}

/// What a value can be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Address,
    Integer,
    Flag,
    Choice(&'static Choices),
    One(&'static Object),
    List(&'static Object),
    /// An object whose attributes are ours to choose.
    Free,
}

/// The class of attempts to sign in.
pub(super) static AUTHENTICATION: Class = Class {
    uid: 3002,
    caption: "Authentication",
    activities: &AUTHENTICATION_ACTIVITIES,
    object: &AUTHENTICATION_EVENT,
};

/// The class of what happens to an account.
pub(super) static ACCOUNT_CHANGE: Class = Class {
    uid: 3001,
    caption: "Account Change",
    activities: &ACCOUNT_ACTIVITIES,
    object: &ACCOUNT_CHANGE_EVENT,
};

/// Both classes.
pub(super) static CLASSES: [&Class; 2] = [&AUTHENTICATION, &ACCOUNT_CHANGE];

static AUTHENTICATION_EVENT: Object = Object {
    source: "events/iam/authentication.json",
    extends: Some(&IAM),
    attributes: &[
        required("class_uid", Choice(&AUTHENTICATION_CLASS)),
        required("activity_id", Choice(&AUTHENTICATION_ACTIVITIES)),
        required("user", One(&USER)),
        other("service", One(&SERVICE)),
        other("session", One(&SESSION)),
        other("auth_factors", List(&AUTH_FACTOR)),
        other("is_mfa", Flag),
    ],
    at_least_one: &["service", "dst_endpoint"],
};

static ACCOUNT_CHANGE_EVENT: Object = Object {
    source: "events/iam/account_change.json",
    extends: Some(&IAM),
    attributes: &[
        required("class_uid", Choice(&ACCOUNT_CLASS)),
        required("activity_id", Choice(&ACCOUNT_ACTIVITIES)),
        required("user", One(&USER)),
    ],
    at_least_one: &[],
};

static IAM: Object = Object {
    source: "events/iam/iam.json",
    extends: Some(&BASE_EVENT),
    attributes: &[
        other("actor", One(&ACTOR)),
        other("http_request", One(&HTTP_REQUEST)),
        other("src_endpoint", One(&NETWORK_ENDPOINT)),
    ],
    at_least_one: &[],
};

static BASE_EVENT: Object = Object {
    source: "events/base_event.json",
    extends: None,
    attributes: &[
        required("category_uid", Choice(&CATEGORY)),
        required("metadata", One(&METADATA)),
        required("severity_id", Choice(&SEVERITY)),
        required("time", Integer),
        required("type_uid", Integer),
        other("activity_name", Text),
        other("category_name", Text),
        other("class_name", Text),
        other("message", Text),
        other("severity", Text),
        other("status", Text),
        other("status_code", Text),
        other("status_detail", Text),
        other("status_id", Choice(&STATUS)),
        other("type_name", Text),
        other("unmapped", Free),
    ],
    at_least_one: &[],
};

static METADATA: Object = Object {
    source: "objects/metadata.json",
    extends: None,
    attributes: &[
        required("product", One(&PRODUCT)),
        required("version", Text),
        other("correlation_uid", Text),
        other("event_code", Text),
        other("log_name", Text),
        other("sequence", Integer),
        other("uid", Text),
    ],
    at_least_one: &[],
};

static ENTITY: Object = Object {
    source: "objects/_entity.json",
    extends: None,
    attributes: &[other("name", Text), other("uid", Text)],
    at_least_one: &["name", "uid"],
};

static PRODUCT: Object = Object {
    source: "objects/product.json",
    extends: Some(&ENTITY),
    attributes: &[other("vendor_name", Text), other("version", Text)],
    at_least_one: &[],
};

static SERVICE: Object = Object {
    source: "objects/service.json",
    extends: Some(&ENTITY),
    attributes: &[other("version", Text)],
    at_least_one: &[],
};

static USER: Object = Object {
    source: "objects/user.json",
    extends: Some(&ENTITY),
    attributes: &[other("type_id", Choice(&USER_TYPE)), other("type", Text)],
    at_least_one: &["account", "name", "uid"],
};

static ACTOR: Object = Object {
    source: "objects/actor.json",
    extends: None,
    attributes: &[other("app_uid", Text), other("user", One(&USER))],
    at_least_one: &["process", "user", "invoked_by", "session", "app_name", "app_uid"],
};

static SESSION: Object = Object {
    source: "objects/session.json",
    extends: None,
    attributes: &[other("uid", Text)],
    at_least_one: &[],
};

static AUTH_FACTOR: Object = Object {
    source: "objects/auth_factor.json",
    extends: None,
    attributes: &[required("factor_type_id", Choice(&FACTOR_TYPE)), other("factor_type", Text)],
    at_least_one: &[],
};

static HTTP_REQUEST: Object = Object {
    source: "objects/http_request.json",
    extends: None,
    attributes: &[other("uid", Text), other("user_agent", Text)],
    at_least_one: &[],
};

static NETWORK_ENDPOINT: Object = Object {
    source: "objects/network_endpoint.json, objects/endpoint.json",
    extends: None,
    attributes: &[other("ip", Address)],
    at_least_one: &[
        "ip",
        "uid",
        "name",
        "hostname",
        "svc_name",
        "instance_uid",
        "interface_uid",
        "interface_name",
        "domain",
    ],
};

const fn required(name: &'static str, kind: Kind) -> Attribute {
    Attribute { name, is_required: true, kind }
}

/// An attribute that may be left out: a recommended or an optional one.
const fn other(name: &'static str, kind: Kind) -> Attribute {
    Attribute { name, is_required: false, kind }
}

impl Class {
    /// The number of one of its activities.
    pub(super) fn type_uid(&self, activity: i64) -> i64 {
        self.uid.saturating_mul(100).saturating_add(activity)
    }

    /// What one of its activities is called.
    pub(super) fn type_name(&self, activity: i64) -> String {
        format!("{}: {}", self.caption, self.activities.caption(activity).unwrap_or("Unknown"))
    }
}

impl Object {
    /// Its attributes, with those that it extends.
    pub(super) fn all_attributes(&self) -> Vec<&'static Attribute> {
        let inherited = self.extends.map(Self::all_attributes).unwrap_or_default();
        self.attributes.iter().chain(inherited).collect()
    }

    /// Its constraint, or the one that it extends.
    pub(super) fn constraint(&self) -> &'static [&'static str] {
        match self.extends {
            Some(extended) if self.at_least_one.is_empty() => extended.constraint(),
            _ => self.at_least_one,
        }
    }
}
