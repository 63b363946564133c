//! Names of people, tenants and things that come from outside.
//!
//! Ids that we make ourselves (requests, incidents, deliveries) are UUID v7 strings and are made in `ops`.

use crate::field_error::FieldError;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! outer_id {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts 1–128 letters, digits, `_` and `-`.
            pub fn parse(text: &str) -> Result<Self, FieldError> {
                let fits = (1..=128).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
                if fits {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(FieldError::new($field, "must be 1 to 128 letters, digits, '_' or '-'"))
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = FieldError;
            fn try_from(text: String) -> Result<Self, FieldError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

outer_id!(
    /// A person, as their app names them. Unique within a tenant only.
    UserId,
    "user_id"
);
outer_id!(
    /// One app (or organisation) whose people and keys are kept apart from everybody else's.
    TenantId,
    "tenant"
);
