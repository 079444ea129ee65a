//! Whether two lists of slog are one and the same, told by their bits.
//!
//! slog hands a drain the fields that are bound to a logger as an `OwnedKVList`, which says of itself neither whether it is empty
//! nor which one it is; to walk through an empty one costs four dynamic calls.
//!
//! # Protocol
//!
//! A list is a handle of a few words, without interior mutability of its own. Two that are alive and have the same bits refer to
//! the same nodes: a clone and what it was cloned from. Equal bits are taken for that; different ones say nothing. So an
//! unknown layout, or bits of it that have no meaning, can only lead to a walk in vain.

use slog::OwnedKVList;

/// Words of a list.
const WORDS: usize = size_of::<OwnedKVList>() / size_of::<usize>();

/// Whether `a` is a clone of `b`, as far as that can be told.
#[inline(always)]
pub(crate) fn is_same(a: &OwnedKVList, b: &OwnedKVList) -> bool {
    WORDS > 0 && size_of::<OwnedKVList>().is_multiple_of(size_of::<usize>()) && is_same_in(a, b)
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline(always)]
fn is_same_in(a: &OwnedKVList, b: &OwnedKVList) -> bool {
    (0..WORDS).all(|word| word_of(a, word) == word_of(b, word))
}

/// Where bits cannot be read without regard to what they are, all lists differ.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn is_same_in(_: &OwnedKVList, _: &OwnedKVList) -> bool {
    false
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline(always)]
fn word_of(list: &OwnedKVList, word: usize) -> usize {
    debug_assert!(word < WORDS);
    let at = std::ptr::from_ref(list).cast::<usize>().wrapping_add(word);
    let bits: usize;
    // SAFETY: the word lies inside of the list, which is borrowed. The processor reads what is there, whatever it is: not even
    // bytes that were never written are undefined to it.
    unsafe {
        std::arch::asm!("mov {}, [{}]", out(reg) bits, in(reg) at, options(nostack, readonly, preserves_flags))
    };
    bits
}

#[cfg(all(test, not(loom)))]
mod tests {
    use slog::o;

    use super::*;

    #[test]
    fn a_list_is_the_same_as_its_clones_and_as_no_other() {
        let lists: Vec<OwnedKVList> =
            vec![o!().into(), o!().into(), o!("a" => 1).into(), o!("a" => 1).into()];
        for (n, a) in lists.iter().enumerate() {
            for (m, b) in lists.iter().enumerate() {
                let can_be_told = cfg!(all(target_arch = "x86_64", not(miri)));
                assert_eq!(is_same(a, &b.clone()), can_be_told && n == m, "{n} {m}");
            }
        }
        let child = slog::Logger::root(slog::Discard, o!());
        let other = child.new(o!("b" => 2));
        assert!(!is_same(child.list(), other.list()));
    }
}
