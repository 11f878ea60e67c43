//! What is asked while somebody types.

use leptos::prelude::*;
use std::time::Duration;

/// The questions of one field: each waits until typing has paused, and of
/// several only the newest counts.
#[derive(Clone, Copy)]
pub struct Questions(StoredValue<u32>);

/// One of them.
#[derive(Clone, Copy)]
pub struct Question {
    newest: StoredValue<u32>,
    number: u32,
}

impl Questions {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// Calls `ask` after `pause`, unless another question comes before.
    pub fn ask(self, pause: Duration, ask: impl FnOnce(Question) + 'static) {
        self.forget();
        let question = Question { newest: self.0, number: self.0.get_value() };
        set_timeout(
            move || {
                if question.is_newest() {
                    ask(question);
                }
            },
            pause,
        );
    }

    /// Has none of those before count.
    pub fn forget(self) {
        self.0.update_value(|newest| *newest += 1);
    }
}

impl Default for Questions {
    fn default() -> Self {
        Self::new()
    }
}

impl Question {
    /// Whether no other came since, and the page was not left.
    #[must_use]
    pub fn is_newest(self) -> bool {
        self.newest.try_get_value() == Some(self.number)
    }
}
