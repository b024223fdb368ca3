//! The numbers that the schema gives to closed words, with their captions.

/// The number of what has none of its own; its label says what it is.
pub(super) const OTHER: i64 = 99;

/// A closed set of numbers, and the attribute that says the number in words.
#[derive(Debug)]
pub(super) struct Choices {
    pub(super) label: &'static str,
    pub(super) captions: &'static [(i64, &'static str)],
}

impl Choices {
    pub(super) fn caption(&self, id: i64) -> Option<&'static str> {
        self.captions.iter().find(|(number, _)| *number == id).map(|(_, caption)| *caption)
    }
}

/// `activity_id`: `events/base_event.json`, `events/iam/authentication.json`.
pub(super) static AUTHENTICATION_ACTIVITIES: Choices = Choices {
    label: "activity_name",
    captions: &[
        (0, "Unknown"),
        (1, "Logon"),
        (2, "Logoff"),
        (3, "Authentication Ticket"),
        (4, "Service Ticket Request"),
        (5, "Service Ticket Renew"),
        (6, "Preauth"),
        (7, "Account Switch"),
        (OTHER, "Other"),
    ],
};

/// `activity_id`: `events/base_event.json`, `events/iam/account_change.json`.
pub(super) static ACCOUNT_ACTIVITIES: Choices = Choices {
    label: "activity_name",
    captions: &[
        (0, "Unknown"),
        (1, "Create"),
        (2, "Enable"),
        (3, "Password Change"),
        (4, "Password Reset"),
        (5, "Disable"),
        (6, "Delete"),
        (7, "Attach Policy"),
        (8, "Detach Policy"),
        (9, "Lock"),
        (10, "MFA Factor Enable"),
        (11, "MFA Factor Disable"),
        (12, "Unlock"),
        (OTHER, "Other"),
    ],
};

/// `category_uid`: `categories.json`.
pub(super) static CATEGORY: Choices =
    Choices { label: "category_name", captions: &[(3, "Identity & Access Management")] };

/// `class_uid`: `uid` and `caption` of `events/iam/authentication.json`, in the category.
pub(super) static AUTHENTICATION_CLASS: Choices =
    Choices { label: "class_name", captions: &[(3002, "Authentication")] };

/// `class_uid`: `uid` and `caption` of `events/iam/account_change.json`, in the category.
pub(super) static ACCOUNT_CLASS: Choices =
    Choices { label: "class_name", captions: &[(3001, "Account Change")] };

/// `severity_id`: `dictionary.json`.
pub(super) static SEVERITY: Choices = Choices {
    label: "severity",
    captions: &[
        (0, "Unknown"),
        (1, "Informational"),
        (2, "Low"),
        (3, "Medium"),
        (4, "High"),
        (5, "Critical"),
        (6, "Fatal"),
        (OTHER, "Other"),
    ],
};

/// `status_id`: `events/base_event.json`, `dictionary.json`.
pub(super) static STATUS: Choices = Choices {
    label: "status",
    captions: &[(0, "Unknown"), (1, "Success"), (2, "Failure"), (OTHER, "Other")],
};

/// `type_id` of a user: `objects/user.json`.
pub(super) static USER_TYPE: Choices = Choices {
    label: "type",
    captions: &[(0, "Unknown"), (1, "User"), (2, "Admin"), (3, "System"), (4, "Service"), (OTHER, "Other")],
};

/// `factor_type_id`: `dictionary.json`.
pub(super) static FACTOR_TYPE: Choices = Choices {
    label: "factor_type",
    captions: &[
        (0, "Unknown"),
        (1, "SMS"),
        (2, "Security Question"),
        (3, "Phone Call"),
        (4, "Biometric"),
        (5, "Push Notification"),
        (6, "Hardware Token"),
        (7, "OTP"),
        (8, "Email"),
        (9, "U2F"),
        (10, "WebAuthn"),
        (11, "Password"),
        (OTHER, "Other"),
    ],
};
