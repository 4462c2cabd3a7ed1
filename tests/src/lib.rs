//! What the whole-box tests share.
