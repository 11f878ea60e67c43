//! Offers by their labels.

use crate::domain::ShopOffer;

/// Offers under one label.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// The label; `None` for offers without one.
    pub label: Option<String>,
    /// The offers, in their order.
    pub offers: Vec<ShopOffer>,
}

/// A group for each label, by name; offers without one come last. An offer of
/// several labels is in several groups.
pub fn by_label(offers: Vec<ShopOffer>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for offer in offers {
        let labels = offer.labels.iter().cloned().map(Some);
        let labels: Vec<_> = if offer.labels.is_empty() { vec![None] } else { labels.collect() };
        for label in labels {
            match groups.iter_mut().find(|group| group.label == label) {
                Some(group) => group.offers.push(offer.clone()),
                None => groups.push(Group { label, offers: vec![offer.clone()] }),
            }
        }
    }
    groups.sort_by_key(|group| {
        (group.label.is_none(), group.label.as_ref().map(|label| label.to_lowercase()))
    });
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OfferId;
    use crate::domain::billing::Term;

    fn offer(name: &str, labels: &[&str]) -> ShopOffer {
        ShopOffer {
            id: OfferId::default(),
            name: name.to_owned(),
            description: String::new(),
            features: Vec::new(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            term: Term { months: None, auto_renew: false },
            charges: Vec::new(),
            currencies: Vec::new(),
            takes_quantity: false,
        }
    }

    #[test]
    fn offers_without_a_label_come_last() {
        let offers = vec![
            offer("Alone", &[]),
            offer("Team", &["teams", "Popular"]),
            offer("Business", &["teams"]),
        ];
        let groups: Vec<_> = by_label(offers)
            .into_iter()
            .map(|group| {
                let names: Vec<_> = group.offers.into_iter().map(|offer| offer.name).collect();
                (group.label, names.join(", "))
            })
            .collect();
        assert_eq!(
            groups,
            [
                (Some("Popular".to_owned()), "Team".to_owned()),
                (Some("teams".to_owned()), "Team, Business".to_owned()),
                (None, "Alone".to_owned()),
            ]
        );
    }
}
