//! What sixteen bytes of a text are, all at a time, by the instructions that every processor of this kind has.

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
    _mm_set1_epi8, _mm_sub_epi8,
};

/// Masks of the bytes, the lowest bit for the first one: those of `Masks` in `redact/chunk.rs`, in their order.
#[inline(always)]
pub(crate) fn masks(bytes: &[u8; 16]) -> [u16; 4] {
    // SAFETY: this module is there only where the whole program is built for processors with SSE2; nothing else is asked for,
    // and no memory is reached but by the reference.
    unsafe { masks_by_sse2(bytes) }
}

#[target_feature(enable = "sse2")]
#[inline]
fn masks_by_sse2(bytes: &[u8; 16]) -> [u16; 4] {
    let word = |at: usize| i64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
    let all = _mm_set_epi64x(word(8), word(0));
    let each = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let is = |of: __m128i, byte: u8| _mm_cmpeq_epi8(of, each(byte));
    let or = |a: __m128i, b: __m128i| _mm_or_si128(a, b);
    // the upper half has no bits
    let mask = |of: __m128i| _mm_movemask_epi8(of) as u16;
    let lower = or(all, each(0x20));
    let signs = or(or(is(all, b':'), is(all, b'=')), is(all, b','));
    let rare = or(or(is(lower, b'b'), is(lower, b'j')), or(is(lower, b'k'), is(lower, b'-')));
    let rare = or(rare, is(lower, b'%'));
    let between = or(or(_mm_cmplt_epi8(all, each(b'-')), signs), is(all, b'/'));
    let digits = _mm_sub_epi8(all, each(b'0'));
    let digits = _mm_cmpeq_epi8(_mm_min_epu8(digits, each(9)), digits);
    let numbers = or(digits, or(is(all, b' '), is(all, b'-')));
    [mask(signs), mask(rare), mask(between), mask(numbers)]
}
