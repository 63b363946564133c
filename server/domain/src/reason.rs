//! Why somebody acted: asked for with every change that others must understand later.

use crate::field_error::FieldError;

/// Least and most characters of a reason: long enough to say something, short enough for a chat message.
pub const LENGTH: std::ops::RangeInclusive<usize> = 3..=500;

/// The text without surrounding blanks, when it is 3–500 characters. `field` is the field's name in the input.
pub fn parse(field: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if LENGTH.contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(FieldError::new(field, format!("must be {} to {} characters", LENGTH.start(), LENGTH.end())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_and_ignores_surrounding_blanks() {
        assert_eq!(parse("reason", "  öl  ").unwrap_err().field, "reason");
        assert_eq!(parse("reason", " öl! ").unwrap(), "öl!");
        assert!(parse("reason", &"é".repeat(500)).is_ok() && parse("reason", &"é".repeat(501)).is_err());
    }
}
