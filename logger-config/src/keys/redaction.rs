//! Which values are masked.

use crate::{
    expression::Expression,
    key::keys,
    name::KeyNames,
    redaction_setting::{Literals, PatternNames},
};

keys! {
    /// keys whose values are masked beside those that always are, such as `password` and `api_key`
    MASK: KeyNames = "redaction.mask", example("iban, client_code"), live();
    /// names that are taken off the list of those, or single keys in which one stands: `base_token` keeps that key alone
    KEEP: KeyNames = "redaction.keep", example("base_token"), live();
    /// patterns that are there by default and are not looked for
    WITHOUT: PatternNames = "redaction.without_patterns", example("card"), live();
    /// secrets of the program's own that are masked wherever they stand, under any key, also where they are escaped or encoded;
    /// or `redaction.literals_file` with one on each line. One that is taken off is masked until the restart
    LITERALS: Literals = "redaction.literals", example("correct horse battery"), secret(), live();
    /// what is masked in texts besides, by a name of one's own: the first group of the expression, or all of it where it has
    /// none. With one, each text of each record is looked through
    PATTERNS: Expression = "redaction.patterns.*", example("ORD-([0-9]+)"), live();
}
