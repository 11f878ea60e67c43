//! The audit trail: who changed what, written in the change's own transaction,
//! each event chained to the one before it.

use super::{Connection, StoreResult, on_engine};
use partners_app::desks::{Admin, AdminMeans, Means, Origin, PartnerSession};
use partners_app::domain::{ActorKind, OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Takes the next place. On PostgreSQL others wait here until this change is
/// true, so that places have no gaps and follow each other as changes do.
const TAKE_PLACE: &str = "UPDATE audit_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, hash";

const SET_HEAD: &str = "UPDATE audit_head SET hash = $1 WHERE one = 1";

const INSERT: &str = "INSERT INTO audit_event \
     (id, at, actor_kind, actor_id, actor_name, action, organisation_id, subject_id, changes, \
      address, reference, seq, hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

const HEAD: &str = "SELECT seq, hash FROM audit_head WHERE one = 1";

const FROM_PLACE: &str = "SELECT id, at, actor_kind, actor_id, actor_name, action, \
     organisation_id, subject_id, changes, address, reference, seq, hash \
     FROM audit_event WHERE seq > $1 ORDER BY seq LIMIT $2";

/// How many events are verified at once.
const PORTION: i64 = 1_000;

/// Who did something; also as it stands in the database where it is done later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Actor {
    /// What they are.
    pub kind: ActorKind,
    /// The account's ID.
    pub id: String,
    /// The name, as it was then.
    pub name: String,
    /// Where the request came from.
    #[serde(flatten)]
    pub origin: Option<Origin>,
}

impl Actor {
    /// This program itself.
    #[must_use]
    pub fn partners() -> Self {
        Self {
            kind: ActorKind::System,
            id: String::new(),
            name: "Partners".to_owned(),
            origin: None,
        }
    }

    /// Whoever works at the command line.
    #[must_use]
    pub fn command_line() -> Self {
        let (id, name) = ("command line".to_owned(), "Command line".to_owned());
        Self { kind: ActorKind::System, id, name, origin: None }
    }
}

impl From<&Admin> for Actor {
    fn from(admin: &Admin) -> Self {
        let (kind, origin) = match admin.means() {
            AdminMeans::Browser => (ActorKind::Admin, Some(admin.origin().clone())),
            AdminMeans::Api => (ActorKind::ApiClient, Some(admin.origin().clone())),
            AdminMeans::CommandLine => (ActorKind::System, None),
        };
        Self { kind, id: admin.subject().to_owned(), name: admin.name().to_owned(), origin }
    }
}

impl From<&PartnerSession> for Actor {
    fn from(partner: &PartnerSession) -> Self {
        Self {
            kind: match partner.means() {
                Means::Browser => ActorKind::PartnerUser,
                Means::Api => ActorKind::ApiClient,
            },
            id: partner.user().to_string(),
            name: partner.name().to_owned(),
            origin: Some(partner.origin().clone()),
        }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// What was done, such as `organisation.created`.
    pub action: &'static str,
    /// The organisation it concerns.
    pub organisation: Option<OrganisationId>,
    /// The user, session or other thing it concerns.
    pub subject: Option<Uuid>,
    /// Before and after, field by field; never a secret.
    pub changes: Value,
}

/// Before and after of each field that became another: `[before, after]`, with
/// nothing where there is none.
#[must_use]
pub fn difference(before: &Map<String, Value>, after: Map<String, Value>) -> Map<String, Value> {
    let gone = before.keys().filter(|field| !after.contains_key(*field)).cloned();
    let gone = gone.map(|field| (field, Value::Null)).collect::<Vec<_>>();
    let fields = after.into_iter().chain(gone).filter_map(|(field, is)| {
        let was = before.get(&field).cloned().unwrap_or_default();
        (was != is).then(|| (field, Value::from([was, is])))
    });
    fields.collect()
}

/// An event as the database has it.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Record {
    id: Uuid,
    at: i64,
    actor_kind: String,
    actor_id: String,
    actor_name: String,
    action: String,
    organisation_id: Option<Uuid>,
    subject_id: Option<Uuid>,
    changes: String,
    address: String,
    reference: String,
    seq: i64,
    hash: Option<Vec<u8>>,
}

impl Record {
    /// SHA-256 of the hash before it and of all it says, each part with its
    /// length before it, so that no two events read the same.
    fn chained(&self, before: &[u8]) -> Vec<u8> {
        let id = |id: Option<Uuid>| id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
        let mut digest = Sha256::new();
        for part in [
            before,
            &self.seq.to_be_bytes(),
            self.id.as_bytes(),
            &self.at.to_be_bytes(),
            self.actor_kind.as_bytes(),
            self.actor_id.as_bytes(),
            self.actor_name.as_bytes(),
            self.action.as_bytes(),
            &id(self.organisation_id),
            &id(self.subject_id),
            self.changes.as_bytes(),
            self.address.as_bytes(),
            self.reference.as_bytes(),
        ] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().to_vec()
    }
}

/// Records an event, as the last thing before its change is committed: until
/// then nobody else can record one.
///
/// # Errors
/// Where the database fails; the change it belongs to must then fail too.
pub async fn record(
    mut connection: Connection<'_>,
    now: Timestamp,
    actor: &Actor,
    event: &Event,
) -> StoreResult<()> {
    let (address, reference) = actor.origin.as_ref().map_or_else(
        || (String::new(), String::new()),
        |origin| (origin.address.to_string(), origin.reference.clone()),
    );
    let (seq, before): (i64, Vec<u8>) = on_engine!(&mut connection, engine => {
        sqlx::query_as(TAKE_PLACE).fetch_one(&mut **engine).await?
    });
    let record = Record {
        id: Uuid::now_v7(),
        at: now.millis(),
        actor_kind: actor.kind.as_str().to_owned(),
        actor_id: actor.id.clone(),
        actor_name: actor.name.clone(),
        action: event.action.to_owned(),
        organisation_id: event.organisation.map(|id| id.0),
        subject_id: event.subject,
        changes: event.changes.to_string(),
        address,
        reference,
        seq,
        hash: None,
    };
    let hash = record.chained(&before);
    on_engine!(&mut connection, engine => {
        sqlx::query(INSERT)
            .bind(record.id)
            .bind(record.at)
            .bind(&record.actor_kind)
            .bind(&record.actor_id)
            .bind(&record.actor_name)
            .bind(&record.action)
            .bind(record.organisation_id)
            .bind(record.subject_id)
            .bind(&record.changes)
            .bind(&record.address)
            .bind(&record.reference)
            .bind(record.seq)
            .bind(&hash)
            .execute(&mut **engine)
            .await?;
        sqlx::query(SET_HEAD).bind(&hash).execute(&mut **engine).await?;
    });
    Ok(())
}

/// The place of the last event: of the one just recorded, where that is asked
/// before its change is committed.
///
/// # Errors
/// Where the database fails.
pub async fn end(connection: Connection<'_>) -> StoreResult<i64> {
    let (seq, _): (i64, Vec<u8>) = on_engine!(connection, engine => {
        sqlx::query_as(HEAD).fetch_one(engine).await?
    });
    Ok(seq)
}

/// Where the trail ends: to be kept elsewhere and compared later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last event's place.
    pub seq: i64,
    /// Its hash, 32 bytes.
    pub hash: Vec<u8>,
}

impl std::fmt::Display for Head {
    /// `SEQ:HASH`, the hash in hexadecimal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "Write it as it was printed: SEQ:HASH.".to_owned();
        let (seq, hash) = text.split_once(':').ok_or_else(wrong)?;
        let digits = hash.as_bytes();
        if digits.len() != 64 || !hash.is_ascii() {
            return Err(wrong());
        }
        let byte = |start: usize| u8::from_str_radix(&hash[start..start + 2], 16);
        let hash = (0..64).step_by(2).map(byte).collect::<Result<_, _>>().map_err(|_| wrong())?;
        Ok(Self { seq: seq.parse().map_err(|_| wrong())?, hash })
    }
}

/// What a look at the whole trail found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many events there are.
    pub events: i64,
    /// How many of them are from before there was a chain.
    pub unchained: i64,
    /// Where it ends.
    pub head: Head,
    /// What is wrong, in words; empty where the trail is whole.
    pub faults: Vec<String>,
}

/// Verifies the whole trail: that no place is empty, that every hash is right,
/// that it ends where it says, and that it holds what was there before, if that
/// is known.
///
/// # Errors
/// Where the database fails.
pub async fn verify(mut connection: Connection<'_>, known: Option<&Head>) -> StoreResult<Verdict> {
    let (head_seq, head_hash): (i64, Vec<u8>) = on_engine!(&mut connection, engine => {
        sqlx::query_as(HEAD).fetch_one(&mut **engine).await?
    });
    let mut faults = Vec::new();
    let (mut place, mut unchained) = (0, 0);
    let mut before = vec![0; 32];
    let mut known_is_there = known.is_none_or(|known| known.seq == 0);
    loop {
        let records: Vec<Record> = on_engine!(&mut connection, engine => {
            sqlx::query_as(FROM_PLACE).bind(place).bind(PORTION).fetch_all(&mut **engine).await?
        });
        let Some(last) = records.last() else { break };
        // What has been added since the head was read is the next look's.
        let end = last.seq;
        for record in records.iter().filter(|record| record.seq <= head_seq) {
            if record.seq != place + 1 {
                faults.push(missing(place + 1, record.seq - 1));
            }
            place = record.seq;
            match &record.hash {
                None if before.iter().all(|byte| *byte == 0) => unchained += 1,
                None => faults.push(format!("Event {place} has lost its hash.")),
                Some(hash) => {
                    if *hash != record.chained(&before) {
                        faults.push(format!("Event {place} was changed, or one before it."));
                    }
                    before.clone_from(hash);
                }
            }
            if let Some(known) = known
                && known.seq == place
            {
                known_is_there = before == known.hash;
            }
        }
        place = end.min(head_seq);
        if end >= head_seq {
            break;
        }
    }
    if place < head_seq {
        faults.push(missing(place + 1, head_seq));
    } else if before != head_hash {
        faults.push("The trail does not end with the hash that it ended with last.".to_owned());
    }
    if let Some(known) = known
        && !known_is_there
    {
        faults.push(format!("Event {} is not the one that was noted.", known.seq));
    }
    let head = Head { seq: head_seq, hash: head_hash };
    Ok(Verdict { events: place, unchained, head, faults })
}

fn missing(first: i64, last: i64) -> String {
    if first == last {
        format!("Event {first} is missing.")
    } else {
        format!("Events {first} to {last} are missing.")
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn an_end_is_read_as_it_was_printed() {
        let head = Head { seq: 12, hash: (0..32).collect() };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "12", "12:ab", "x:00", &format!("1:{}", "é".repeat(32))] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }
}
