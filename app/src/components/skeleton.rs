//! What stands in the place of a list that is on its way.

use super::live::Erase;
use leptos::prelude::*;

/// Bars in the place of a table; the style sheet holds them back for 400 ms.
#[component]
pub fn ListSkeleton(
    /// What is on its way: "Loading customers".
    label: &'static str,
    /// How many columns it has, beside the first.
    columns: usize,
) -> impl IntoView {
    let rows = (0..8)
        .map(|_| {
            let cells = (0..columns)
                .map(|_| view! { <td><span class="bar"></span></td> })
                .map(Erase::erase)
                .collect::<Vec<_>>();
            view! {
                <tr>
                    <th scope="row" class="whole-card"><span class="bar"></span></th>
                    {cells}
                </tr>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <div class="table-box skeleton" aria-busy="true">
            <table class="table">
                <caption class="hidden">{label}</caption>
                <tbody aria-hidden="true">{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}
