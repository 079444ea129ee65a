//! What a seal is made of, and how it stands in a line.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::Seal;

/// A hash.
pub(crate) type Hash = [u8; 32];

/// A line's place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// From 1; 0 before the first line.
    pub(crate) number: u64,
    pub(crate) hash: Hash,
}

impl Link {
    /// Before the first line.
    pub(crate) const NONE: Link = Link { number: 0, hash: [0; 32] };
}

/// Makes the hashes of one log.
#[derive(Clone)]
pub(crate) struct Hasher(Hmac<Sha256>);

/// What a hash is of, so that none can stand in the place of one of another kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Line,
    Checkpoint,
    /// What stands in the place of the line before, where that is not known.
    Anew,
}

impl Hasher {
    /// `None` where lines have no seals. The key of a log is made of its name, so that the lines of one are none of another's.
    pub(crate) fn new(seal: &Seal, name: &[u8]) -> Option<Self> {
        const OF_A_NAME: &[u8] = b"logger seal 1\0";
        let key: Hash = match seal {
            Seal::None => return None,
            Seal::Hash => Sha256::new_with_prefix(OF_A_NAME).chain_update(name).finalize().into(),
            Seal::Key(key) => {
                let hmac = Hmac::<Sha256>::new_from_slice(key.bytes()).ok()?;
                hmac.chain_update(OF_A_NAME).chain_update(name).finalize().into_bytes().into()
            }
        };
        Hmac::new_from_slice(&key).ok().map(Hasher)
    }

    /// The hash of `text` behind a line.
    pub(crate) fn hash(&self, kind: Kind, before: Link, parts: &[&[u8]]) -> Hash {
        let kind: &[u8] = match kind {
            Kind::Line => b"line\0",
            Kind::Checkpoint => b"head\0",
            Kind::Anew => b"anew\0",
        };
        let number = before.number.wrapping_add(1).to_be_bytes();
        let mut hmac = self.0.clone().chain_update(kind).chain_update(before.hash).chain_update(number);
        parts.iter().for_each(|part| hmac.update(part));
        hmac.finalize().into_bytes().into()
    }

    /// The link of a line, given without its end `}` and newline.
    pub(crate) fn link(&self, before: Link, body: &[u8]) -> Link {
        Link { number: before.number + 1, hash: self.hash(Kind::Line, before, &[body, b"}"]) }
    }
}

/// How a seal begins in a line.
const BEGIN: &[u8] = b",\"seal\":\"";
/// What a seal takes but for the digits of its number.
const FIXED: usize = BEGIN.len() + 1 + 64 + 1;
/// What the first line of a file takes besides.
pub(crate) const OF_FIRST: usize = 1 + 64;

/// How many bytes a seal with numbers up to this one adds to a line.
pub(crate) fn added(number: u64) -> usize {
    FIXED + number.checked_ilog10().map_or(1, |it| it as usize + 1)
}

/// A line that can get a seal, without its end: one object of JSON with at least a field.
pub(crate) fn body(line: &[u8]) -> Option<&[u8]> {
    line.strip_suffix(b"}\n").filter(|body| body.len() > 1 && body.starts_with(b"{"))
}

/// Appends a line with its seal.
pub(crate) fn put(out: &mut Vec<u8>, body: &[u8], link: Link, before: Option<Hash>) {
    out.extend_from_slice(body);
    out.extend_from_slice(BEGIN);
    out.extend_from_slice(link.number.to_string().as_bytes());
    for hash in [Some(link.hash), before].into_iter().flatten() {
        out.push(b':');
        put_hex(&hash, out);
    }
    out.extend_from_slice(b"\"}\n");
}

/// A line with its seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed<'l> {
    /// What it was without seal and end.
    pub(crate) body: &'l [u8],
    pub(crate) link: Link,
    /// The hash of the line before, where it names that.
    pub(crate) before: Option<Hash>,
}

impl<'l> Sealed<'l> {
    /// Reads a line, with its newline or without; `None` for one that has no seal.
    pub(crate) fn read(line: &'l [u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\n").unwrap_or(line).strip_suffix(b"\"}")?;
        // no seal is longer, and in the values of a record a quote has a backslash before it
        let from = line.len().saturating_sub(FIXED + OF_FIRST + 20);
        let at = from + line[from..].windows(BEGIN.len()).rposition(|it| it == BEGIN)?;
        let mut parts = line[at + BEGIN.len()..].split(|&it| it == b':');
        let digits = parts.next()?;
        let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        // one way to write it
        if number == 0 || number.to_string().as_bytes() != digits {
            return None;
        }
        let hash = read_hex(parts.next()?)?;
        let before = match parts.next() {
            Some(hex) => Some(read_hex(hex)?),
            None => None,
        };
        parts.next().is_none().then_some(Sealed { body: &line[..at], link: Link { number, hash }, before })
    }

    /// Whether it is the line behind `before`, as it was written.
    pub(crate) fn follows(&self, hasher: &Hasher, before: Link) -> bool {
        self.link.number == before.number + 1
            && self.before.is_none_or(|hash| hash == before.hash)
            && hasher.link(before, self.body) == self.link
    }
}

/// Appends a hash as text.
pub(crate) fn put_hex(hash: &Hash, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend(hash.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
}

/// Reads a hash.
pub(crate) fn read_hex(text: &[u8]) -> Option<Hash> {
    let digit = |it: u8| match it {
        b'0'..=b'9' => Some(it - b'0'),
        b'a'..=b'f' => Some(it - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let mut hash = [0; 32];
    if pairs.len() != hash.len() {
        return None;
    }
    for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher() -> Hasher {
        Hasher::new(&Seal::Hash, b"a.log").unwrap()
    }

    #[test]
    fn a_sealed_line_is_read_back_and_takes_as_many_bytes_as_was_said() {
        for (number, before) in [(0, None), (8, Some([7; 32])), (9, None), (u64::MAX - 1, Some([0; 32]))] {
            let link = hasher().link(Link { number, hash: [3; 32] }, b"{\"a\":1");
            let mut line = Vec::new();
            put(&mut line, b"{\"a\":1", link, before);
            let sealed = Sealed::read(&line).unwrap();
            assert_eq!(sealed, Sealed { body: b"{\"a\":1", link, before });
            let more = if before.is_some() { OF_FIRST } else { 0 };
            assert_eq!(line.len(), b"{\"a\":1}\n".len() + added(number + 1) + more);
        }
    }

    #[test]
    fn what_looks_like_a_seal_and_is_none_is_not_read_as_one() {
        let hash = "0".repeat(64);
        for (line, is_seal) in [
            (format!("{{\"a\":1,\"seal\":\"5:{hash}\"}}"), true),
            (format!("{{\"a\":1,\"seal\":\"05:{hash}\"}}"), false),
            (format!("{{\"a\":1,\"seal\":\"0:{hash}\"}}"), false),
            (format!("{{\"a\":1,\"seal\":\"+5:{hash}\"}}"), false),
            (format!("{{\"a\":1,\"seal\":\"5:{}\"}}", &hash[1..]), false),
            (format!("{{\"a\":1,\"seal\":\"5:{}\"}}", hash.replace('0', "A")), false),
            (format!("{{\"a\":1,\"seal\":\"5:{hash}:{hash}:{hash}\"}}"), false),
            (format!("{{\"a\":1,\"seal\":\"5:{hash}\",\"b\":\"\"}}"), false),
            (format!("{{\"a\":\"\\\",\\\"seal\\\":\\\"5:{hash}\"}}"), false),
            ("\"}".into(), false),
            (String::new(), false),
        ] {
            assert_eq!(Sealed::read(line.as_bytes()).is_some(), is_seal, "{line}");
        }
    }

    #[test]
    fn the_hash_depends_on_key_name_number_line_and_the_line_before() {
        let key = |text: &str| Seal::Key(super::super::SealKey::new(text).unwrap());
        let of = |seal: &Seal, name: &[u8], before: Link, body: &[u8]| {
            Hasher::new(seal, name).unwrap().link(before, body).hash
        };
        let all = [
            of(&Seal::Hash, b"a", Link::NONE, b"{1"),
            of(&Seal::Hash, b"b", Link::NONE, b"{1"),
            of(&Seal::Hash, b"a", Link { number: 1, ..Link::NONE }, b"{1"),
            of(&Seal::Hash, b"a", Link { hash: [1; 32], ..Link::NONE }, b"{1"),
            of(&Seal::Hash, b"a", Link::NONE, b"{2"),
            of(&key("0123456789abcdef"), b"a", Link::NONE, b"{1"),
            of(&key("0123456789abcdeF"), b"a", Link::NONE, b"{1"),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other != one), "{index}");
        }
    }
}
