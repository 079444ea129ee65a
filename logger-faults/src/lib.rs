//! The fault cases: a child that logs, an injected fault, and one judge of what is left.
