//! What thirty-two bytes of a text are, all at a time, where the processor has AVX2.
//!
//! A class of bytes is looked up by the halves of each byte: sixteen of them by one instruction from a table of sixteen. Two
//! bytes that stand beside each other are looked up in two such tables.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_alignr_epi8, _mm256_and_si256, _mm256_andnot_si256,
    _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16,
};

use crate::redact::chunk::{Halves, LEN, Look, Masks, class, padded};

/// A processor that has the instructions.
pub(crate) struct Avx2(());

impl Avx2 {
    /// The processor, where it has them.
    #[inline]
    pub(crate) fn find() -> Option<Avx2> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Avx2(()))
    }

    /// Shows each chunk.
    #[inline]
    pub(crate) fn each_chunk<L: Look>(&self, text: &[u8], look: L) -> L {
        // SAFETY: the processor has what the function was compiled for, or there would be no such value.
        unsafe { each_by_avx2(text, look) }
    }
}

// by value, so that what it has seen so far need not lie in memory
#[target_feature(enable = "avx2")]
fn each_by_avx2<L: Look>(text: &[u8], mut look: L) -> L {
    let tables = Tables::new();
    let mut before = Before::none();
    let (chunks, rest) = text.as_chunks::<LEN>();
    for (index, bytes) in chunks.iter().enumerate() {
        look.at(index * LEN, &tables.masks(bytes, &mut before));
    }
    if !rest.is_empty() {
        look.at(text.len() - rest.len(), &tables.masks(&padded(rest), &mut before));
    }
    look
}

/// What of a chunk counts for the next one.
struct Before {
    name: __m256i,
    form: __m256i,
    between: __m256i,
}

impl Before {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn none() -> Before {
        let none = _mm256_setzero_si256();
        Before { name: none, form: none, between: none }
    }
}

/// The table of the lower halves of a byte and that of the upper ones.
struct Table(__m256i, __m256i);

impl Table {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(halves: &Halves) -> Table {
        let twice = |half: &[u8; 16]| {
            // SAFETY: sixteen bytes are read from a reference to as many; they need not be aligned.
            _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(half.as_ptr().cast()) })
        };
        Table(twice(&halves.lower), twice(&halves.upper))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn look_up(&self, lower: __m256i, upper: __m256i) -> __m256i {
        _mm256_and_si256(_mm256_shuffle_epi8(self.0, lower), _mm256_shuffle_epi8(self.1, upper))
    }
}

struct Tables {
    classes: Table,
    names: [Table; 2],
    forms: [Table; 2],
}

impl Tables {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new() -> Tables {
        let ([name, of_name], [form, of_form]) = (&class::NAMES, &class::FORMS);
        Tables {
            classes: Table::new(&class::HALVES),
            names: [Table::new(name), Table::new(of_name)],
            forms: [Table::new(form), Table::new(of_form)],
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn masks(&self, bytes: &[u8; LEN], before: &mut Before) -> Masks {
        // SAFETY: as many bytes are read as the reference has; they need not be aligned.
        let all = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
        let half = each(0x0f);
        let lower = _mm256_and_si256(all, half);
        let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(all), half);
        let classes = self.classes.look_up(lower, upper);
        let is_none = |of: __m256i| _mm256_cmpeq_epi8(of, _mm256_setzero_si256());
        let is_not = |bits: u8| is_none(_mm256_and_si256(classes, each(bits)));
        let between = is_not(class::LETTER | class::DIGIT);
        let name = self.names[0].look_up(lower, upper);
        let form = self.forms[0].look_up(lower, upper);
        let [name_1, name_2] = moved(name, before.name);
        let [form_1, _] = moved(form, before.form);
        let [between_1, _] = moved(between, before.between);
        *before = Before { name, form, between };
        let apart = _mm256_and_si256(name_2, between_1);
        let of_name = _mm256_and_si256(self.names[1].look_up(lower, upper), _mm256_or_si256(name_1, apart));
        let of_form = _mm256_and_si256(self.forms[1].look_up(lower, upper), form_1);
        let joint = _mm256_andnot_si256(is_not(class::JOINT | class::UNDERSCORE), between_1);
        Masks {
            signs: !mask(is_not(class::ASSIGNS | class::COMMA)),
            words: !mask(is_not(class::LETTER | class::DIGIT | class::JOINT | class::UNDERSCORE)),
            numbers: !mask(is_not(class::DIGIT | class::SPACE)),
            names: !mask(is_none(of_name)) | mask(joint),
            forms: !mask(is_none(of_form)),
            gaps: mask(_mm256_and_si256(between, between_1)),
            escapes: mask(_mm256_cmpeq_epi8(all, each(b'\\'))),
        }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn each(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

/// A bit for each byte: its highest one.
#[target_feature(enable = "avx2")]
#[inline]
fn mask(of: __m256i) -> u32 {
    _mm256_movemask_epi8(of).cast_unsigned()
}

/// What stands one byte before each byte, and what stands two before it.
#[target_feature(enable = "avx2")]
#[inline]
fn moved(now: __m256i, before: __m256i) -> [__m256i; 2] {
    let over = _mm256_permute2x128_si256::<0x21>(before, now);
    [_mm256_alignr_epi8::<15>(now, over), _mm256_alignr_epi8::<14>(now, over)]
}
