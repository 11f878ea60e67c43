//! *Give up* asks first: which order, and what happens.

use crate::api::orders::GiveUpOrder;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{CancelButton, Dialog, FormNotice, FormState, SubmitButton};
use crate::domain::{FieldErrors, Order, StuckOrder};
use crate::flash::use_flash;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

/// Which order is asked about, and whether the question is shown.
#[derive(Clone, Copy)]
pub struct GivingUp {
    order: RwSignal<Option<Order>>,
    open: RwSignal<bool>,
    form: FormState,
}

impl GivingUp {
    /// As the page's address asks for it, or as a plain post left it that did
    /// not work.
    pub fn new(orders: &[StuckOrder]) -> Self {
        let flash = use_flash(GiveUpOrder::PATH);
        let asked = match &flash {
            Some(flash) if flash.outcome.is_ok() => None,
            Some(flash) => flash.field("order").map(str::to_owned),
            None => use_query_map().with_untracked(|query| query.get(paths::OPENS_GIVE_UP)),
        };
        let order = asked.and_then(|id| {
            let found = orders.iter().find(|stuck| stuck.order.id.to_string() == id);
            found.map(|stuck| stuck.order.clone())
        });
        let form = FormState::new("give-up-", GiveUpOrder::PATH, &[], |_| FieldErrors::new());
        Self { open: RwSignal::new(order.is_some()), order: RwSignal::new(order), form }
    }
}

/// Asks first: without scripts on a page that has the dialog open.
pub fn give_up_button(order: &Order, giving_up: GivingUp) -> AnyView {
    let label = format!("Give up {}", order.title);
    let id = order.id.to_string();
    let asked = order.clone();
    let submit = move |submit: SubmitEvent| {
        submit.prevent_default();
        // What was said of another order is not said of this one.
        giving_up.form.reset();
        giving_up.order.set(Some(asked.clone()));
        giving_up.open.set(true);
    };
    view! {
        <form action=paths::ORDERS on:submit=submit>
            <button class="button" name=paths::OPENS_GIVE_UP value=id aria-label=label>
                "Give up"
            </button>
        </form>
    }
    .erase()
}

/// The dialog.
#[component]
pub fn GiveUpDialog(
    /// Which order it asks about.
    giving_up: GivingUp,
    /// Reads the table anew.
    reload: Callback<()>,
) -> impl IntoView {
    let form = giving_up.form;
    let messages = use_messages();
    let title = Signal::derive(move || {
        giving_up.order.with(|order| {
            order
                .as_ref()
                .map_or_else(|| "Give up".to_owned(), |order| format!("Give up {}", order.title))
        })
    });
    let submit = move |submit: SubmitEvent| {
        form.send::<GiveUpOrder>(&submit, move |()| {
            messages.say(outcome::ORDER_GIVEN_UP);
            giving_up.open.set(false);
            reload.run(());
            true
        });
    };
    view! {
        <Dialog id="give-up-order" open=giving_up.open title>
            {shown(move || giving_up.order.get().map(|order| view! {
                <form method="post" action=GiveUpOrder::PATH on:submit=submit>
                    <input type="hidden" name="order" value=order.id.to_string() />
                    <div class="dialog-body">
                        <FormNotice form />
                        <p>
                            "The order " <span class="mono">{order.reference}</span>
                            " is not tried any more. " {order.ordered_by}
                            " sees it as refused, and can order again."
                        </p>
                        <p class="quiet">
                            "Zuora is asked first: an order that is there already is not given up. This cannot be undone."
                        </p>
                    </div>
                    <div class="dialog-foot">
                        <SubmitButton class="danger" label="Give up" busy_label="Giving up…" busy=form.busy() />
                        <CancelButton open=giving_up.open first=true />
                    </div>
                </form>
            }))}
        </Dialog>
    }
    .erase()
}
