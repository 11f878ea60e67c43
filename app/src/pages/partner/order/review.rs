//! A draft: what it is about, what it costs, and *Place order*.

use super::facts::Facts;
use super::preview::PreviewTable;
use crate::api::shop::PlaceOrder;
use crate::ask::Load;
use crate::components::live::{Erase, any, shown};
use crate::components::{Failure, FormNotice, FormState, Notice, SubmitButton, Tone, dom};
use crate::domain::billing::Preview;
use crate::domain::order::DAY_CHANGED;
use crate::domain::{CancelWhen, FieldErrors, Order, OrderKind, day};
use crate::error::PublicError;
use crate::paths;
use crate::viewer::amount;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use time::Date;

/// The draft, its price, and what can be done with it.
#[component]
pub fn Review(
    /// The draft.
    draft: Order,
    /// Takes the order as it stands once it is placed.
    order: RwSignal<Order>,
    /// What it costs.
    preview: Load<Option<Preview>>,
) -> impl IntoView {
    let retry = Callback::new(move |()| preview.refetch());
    let form = FormState::new("", PlaceOrder::PATH, &[], |_| FieldErrors::new());
    // On another day the price may be another one.
    Effect::new(move |before: Option<bool>| {
        let is_old = matches!(
            form.failure(),
            Some(PublicError::Refused(reason)) if reason == DAY_CHANGED
        );
        if is_old && before == Some(false) {
            preview.refetch();
        }
        is_old
    });
    let lead = match draft.kind {
        OrderKind::Purchase => "Nothing is ordered yet. Look it through, then place it.",
        OrderKind::Change => "Nothing is changed yet. Look it through, then confirm it.",
        OrderKind::Undo => "The change that is pending will not happen.",
    };
    let facts = draft.clone();
    let price = move |answer: Result<Option<Preview>, PublicError>| match answer {
        Ok(preview) => view! { <Priced draft=draft.clone() form order preview /> }.erase(),
        Err(error) => view! { <Unpriced draft=draft.clone() error retry /> }.erase(),
    };
    view! {
        <p class="lead">{lead}</p>
        <Facts order=facts />
        <Suspense fallback=|| view! { <PriceSkeleton /> }>
            {shown(move || preview.get().map(price.clone()))}
        </Suspense>
    }
    .erase()
}

/// The price is known: the order can be placed.
#[component]
fn Priced(
    draft: Order,
    form: FormState,
    order: RwSignal<Order>,
    preview: Option<Preview>,
) -> impl IntoView {
    let consequence = consequence(&draft, preview.as_ref());
    let seen = preview.as_ref().map(|preview| preview.effective_on);
    let table = preview.map(|preview| {
        view! {
            <section class="section" aria-labelledby="price-title">
                <h2 id="price-title">"What it costs"</h2>
                <PreviewTable preview />
            </section>
        }
    });
    view! {
        {any(table)}
        <PlaceForm draft form order seen consequence />
    }
    .erase()
}

#[component]
fn PlaceForm(
    draft: Order,
    form: FormState,
    order: RwSignal<Order>,
    seen: Option<Date>,
    consequence: Option<String>,
) -> impl IntoView {
    let seen = seen.map(|seen| {
        view! { <input type="hidden" name="effective_on" value=day::iso(seen) /> }
    });
    let submit = move |submit: SubmitEvent| {
        form.send::<PlaceOrder>(&submit, move |placed| {
            order.set(placed);
            dom::focus("order-title");
            // With the draft its form is gone.
            false
        });
    };
    let (label, busy_label) = match draft.kind {
        OrderKind::Purchase => ("Place order", "Placing order…"),
        OrderKind::Change => ("Confirm change", "Confirming change…"),
        OrderKind::Undo => ("Undo the change", "Undoing the change…"),
    };
    let class = if consequence.is_some() { "danger" } else { "primary" };
    let consequence = consequence.map(|consequence| {
        view! {
            <Notice tone=Tone::Warning>
                <h2>"This cannot be undone"</h2>
                <p>{consequence}</p>
                <label class="check">
                    <input type="checkbox" name="understood" value="true" required=true />
                    "I understand, cancel it now"
                </label>
            </Notice>
        }
    });
    view! {
        <form class="form place" method="post" action=PlaceOrder::PATH on:submit=submit>
            <input type="hidden" name="id" value=draft.id.to_string() />
            {any(seen)}
            {any(consequence)}
            <FormNotice form />
            <div class="form-foot">
                <SubmitButton label busy_label busy=form.busy() class />
                {way_back(&draft)}
            </div>
        </form>
    }
    .erase()
}

/// Without a price nothing is placed.
#[component]
fn Unpriced(draft: Order, error: PublicError, retry: Callback<()>) -> impl IntoView {
    view! {
        <section class="section">
            <Failure title="The price could not be worked out" error retry />
            <div class="form-foot">{way_back(&draft)}</div>
        </section>
    }
    .erase()
}

/// To where a draft is put together anew.
pub fn way_back(draft: &Order) -> AnyView {
    let (href, text) = match (draft.offer, &draft.subscription) {
        (Some(offer), _) if draft.kind == OrderKind::Purchase => {
            (paths::checkout_again(offer, draft.id), "Change order")
        }
        (_, Some(number)) => (paths::subscription(None, number), "Back to the subscription"),
        _ => (paths::SHOP.to_owned(), "Back to the Shop"),
    };
    view! { <a class="button plain" href=href>{text}</a> }.erase()
}

/// What a cancellation with immediate effect brings about.
fn consequence(draft: &Order, preview: Option<&Preview>) -> Option<String> {
    if draft.cancels() != Some(CancelWhen::Now) {
        return None;
    }
    let number = draft.subscription.as_ref().map_or("The subscription", |number| number.as_str());
    let on = preview.map(|preview| preview.effective_on).or(draft.effective_on);
    let day = on.map(day::full).unwrap_or_default();
    let credit = match preview {
        Some(preview) if preview.total.amount.is_sign_negative() => format!(
            " {} are credited to {}.",
            amount(&preview.total).trim_start_matches('−'),
            draft.invoiced_to
        ),
        _ => " Nothing that was paid is given back.".to_owned(),
    };
    Some(format!(
        "{number} ends on {day}: {} can no longer use it from then on.{credit} To use it again, it has to be ordered anew.",
        draft.customer_name
    ))
}

#[component]
fn PriceSkeleton() -> impl IntoView {
    view! {
        <section class="section" aria-busy="true">
            <h2>"What it costs"</h2>
            <p class="small quiet" role="status">"Zuora is working out the price…"</p>
            <div class="card skeleton">
                <span class="bar short"></span>
                <span class="bar"></span>
                <span class="bar"></span>
            </div>
        </section>
    }
    .erase()
}
