//! Bytes with a number in them: `{n}` in a URL, a header or a body becomes the number of a person.

const MARK: &[u8] = b"{n}";

/// The bytes between the marks; there is one mark less than pieces.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pieces: Vec<Vec<u8>>,
}

impl Template {
    pub(super) fn new(text: &[u8]) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
            pieces.push(rest[..at].to_vec());
            rest = &rest[at + MARK.len()..];
        }
        pieces.push(rest.to_vec());
        Self { pieces }
    }

    /// Bytes that it has with this number in it.
    pub(super) fn len(&self, number: &str) -> usize {
        self.pieces.iter().map(Vec::len).sum::<usize>() + number.len() * (self.pieces.len() - 1)
    }

    pub(super) fn write(&self, number: &str, out: &mut Vec<u8>) {
        for (place, piece) in self.pieces.iter().enumerate() {
            if place > 0 {
                out.extend_from_slice(number.as_bytes());
            }
            out.extend_from_slice(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_replacement(text in "[a{n}]{0,20}", number in 0_u64..1000) {
            let number = number.to_string();
            let template = Template::new(text.as_bytes());
            let mut out = Vec::new();
            template.write(&number, &mut out);
            let expected = text.replace("{n}", &number);
            prop_assert_eq!(template.len(&number), out.len());
            prop_assert_eq!(String::from_utf8(out), Ok(expected));
        }
    }
}
