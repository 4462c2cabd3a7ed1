//! Plain data and pure rules of Hearth.
