//! JSON schemas of the types that travel as plain strings.

use crate::archetype::Archetype;
use crate::id::{TenantId, UserId};
use crate::profile::ClockTime;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! string_schema {
    ($name:ty, $pattern:expr, $example:expr) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.pattern(Some($pattern)).examples([$example]).build().into()
            }
        }
        impl ToSchema for $name {}
    };
}

string_schema!(UserId, "^[A-Za-z0-9_-]{1,128}$", "u-1042");
string_schema!(TenantId, "^[A-Za-z0-9_-]{1,128}$", "demo");
string_schema!(ClockTime, "^[0-2][0-9]:[0-5][0-9]$", "06:45");

impl PartialSchema for Archetype {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.enum_values(Some(Self::ALL.map(Self::name))).build().into()
    }
}
impl ToSchema for Archetype {}
