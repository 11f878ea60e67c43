//! Reseller accounts.

use super::fixed_id;
use crate::clock::Moment;
use crate::fields::Custom;
use crate::state::{Account, AccountStatus, Contact};

struct Seed {
    number: &'static str,
    name: &'static str,
    currency: &'static str,
    status: AccountStatus,
    crm_id: &'static str,
    person: (&'static str, &'static str, &'static str),
    address: (&'static str, &'static str, &'static str, &'static str),
}

// The CRM identifiers end in the three characters that Salesforce computes
// from the case of the first fifteen.
const SEEDS: [Seed; 6] = [
    Seed {
        number: "PA-1001",
        name: "Nordlicht Systemhaus GmbH",
        currency: "EUR",
        status: AccountStatus::Active,
        crm_id: "0015g00000NrdLtAAJ",
        person: ("Katrin", "Vogel", "katrin.vogel@nordlicht.example"),
        address: ("Torstraße 140", "Berlin", "10119", "Germany"),
    },
    Seed {
        number: "PA-1002",
        name: "Harbor Point Resellers Inc.",
        currency: "USD",
        status: AccountStatus::Active,
        crm_id: "001Dn00000HbrPtIAJ",
        person: ("Marcus", "Reed", "marcus.reed@harborpoint.example"),
        address: ("88 Atlantic Avenue", "Boston", "02110", "United States"),
    },
    Seed {
        number: "PA-1003",
        name: "Lumière Distribution SAS",
        currency: "EUR",
        status: AccountStatus::Active,
        crm_id: "",
        person: ("Inès", "Moreau", "ines.moreau@lumiere.example"),
        address: ("12 rue de la République", "Lyon", "69002", "France"),
    },
    Seed {
        number: "PA-1004",
        name: "Cascade Channel Partners LLC",
        currency: "USD",
        status: AccountStatus::Active,
        crm_id: "0015g00000CscChAAJ",
        person: ("Dana", "Okafor", "dana.okafor@cascade.example"),
        address: ("1201 Third Avenue", "Seattle", "98101", "United States"),
    },
    Seed {
        number: "PA-1005",
        name: "Silverbirch Trading Oy",
        currency: "EUR",
        status: AccountStatus::Draft,
        crm_id: "",
        person: ("Aino", "Lehtonen", "aino.lehtonen@silverbirch.example"),
        address: ("Mannerheimintie 4", "Helsinki", "00100", "Finland"),
    },
    Seed {
        number: "PA-1006",
        name: "Old Mill Software Sales Inc.",
        currency: "USD",
        status: AccountStatus::Canceled,
        crm_id: "",
        person: ("Peter", "Hale", "peter.hale@oldmill.example"),
        address: ("5 Mill Road", "Portland", "97201", "United States"),
    },
];

/// The reseller accounts of a fresh sandbox.
pub(super) fn resellers(now: Moment) -> impl Iterator<Item = Account> {
    SEEDS.iter().zip(1_u16..).map(move |(seed, place)| {
        let contact = |family| Contact {
            id: fixed_id(family, place),
            first_name: seed.person.0.to_owned(),
            last_name: seed.person.1.to_owned(),
            work_email: seed.person.2.to_owned(),
            address1: seed.address.0.to_owned(),
            city: seed.address.1.to_owned(),
            postal_code: seed.address.2.to_owned(),
            country: Some(seed.address.3.to_owned()),
            ..Contact::default()
        };
        Account {
            id: fixed_id(1, place),
            number: seed.number.to_owned(),
            name: seed.name.to_owned(),
            currency: seed.currency.to_owned(),
            status: seed.status,
            crm_id: seed.crm_id.to_owned(),
            partner_account: true,
            parent_id: None,
            bill_cycle_day: 1,
            payment_term: "Net 30".to_owned(),
            auto_pay: false,
            batch: "Batch1".to_owned(),
            notes: String::new(),
            bill_to: contact(2),
            sold_to: contact(3),
            custom: Custom::new(),
            created: now,
            updated: now,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::SEEDS;

    /// Salesforce's 18 characters for 15: three more, each for the capitals
    /// among five.
    fn long_form(short: &str) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
        let suffix = short.as_bytes().chunks(5).map(|five| {
            let bits = five.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            char::from(letters[bits.map(|(place, _)| 1 << place).sum::<usize>()])
        });
        short.chars().chain(suffix).collect()
    }

    #[test]
    fn crm_identifiers_carry_their_checksum() {
        let given: Vec<&str> =
            SEEDS.iter().map(|seed| seed.crm_id).filter(|id| !id.is_empty()).collect();
        assert!(!given.is_empty());
        for id in given {
            assert_eq!(id, long_form(&id[..15]));
        }
    }
}
