//! The partner's pages.
