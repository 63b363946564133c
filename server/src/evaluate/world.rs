//! A service of its own for one round: a store with everybody in it, a clock that stands, the model of the condition.

use std::future::IntoFuture;
use std::path::{Path, PathBuf};

use domain::access::{Scope, Tier};
use domain::archetype::Archetype;
use domain::id::TenantId;
use domain::profile::Profile;
use ops::access::Caller;
use ops::people::ingest::BATCH;
use ops::{Clock, Config, Ops};

use super::Condition;
use super::people::People;
use crate::simulator::{self, Fault, Options, Script};
use crate::start;

/// Of the faulty model: failures of the call, of the form, of the content, of the bill.
const FAULTS: [Fault; 10] = [
    Fault::Error500,
    Fault::Error503,
    Fault::InvalidJson,
    Fault::WrongSchema,
    Fault::Unsafe,
    Fault::Refusal,
    Fault::Length,
    Fault::Empty,
    Fault::NoUsage,
    Fault::HugeUsage,
];
const SHARE_OF_EACH: f64 = 0.08;

const STORE: &str = "evaluate.db";

/// A store with everybody's data, of which each round has a copy.
pub(super) struct Filled<'a> {
    pub(super) people: &'a People,
    folder: Folder,
}

pub(super) struct World<'a> {
    pub(super) ops: Ops,
    pub(super) people: &'a People,
    folder: Folder,
}

/// In the system's place for what may be lost; goes when this is dropped.
struct Folder(PathBuf);

/// An app of the tenant in which everybody has this archetype: what one asks must not be answered from another's memory.
pub(super) fn caller(archetype: Archetype) -> anyhow::Result<Caller> {
    let name = archetype.name().to_lowercase().replace(' ', "-");
    Ok(Caller {
        key_id: format!("evaluate-{name}"),
        key_prefix: "evaluate".to_owned(),
        tenant: TenantId::parse(&name).map_err(ops::Error::from)?,
        tier: Tier::Admin,
        scopes: Scope::ALL.to_vec(),
    })
}

impl<'a> Filled<'a> {
    /// # Errors
    /// When a store cannot be made.
    pub(super) async fn with(people: &'a People) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let ops = Ops::open(folder.config(Condition::NoModel).await?, Clock::manual(people.now)).await?;
        for archetype in Archetype::ALL {
            let caller = caller(archetype)?;
            for (user, readings) in &people.readings {
                ops.put_profile(&caller, user, Profile::default()).await?;
                for batch in readings.chunks(BATCH) {
                    ops.add_biomarkers(&caller, user, batch.to_vec()).await?;
                }
            }
        }
        // Its log goes into the file that is copied.
        ops.close().await?;
        Ok(Self { people, folder })
    }
}

impl<'a> World<'a> {
    pub(super) async fn open(condition: Condition, filled: &Filled<'a>) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        std::fs::copy(filled.folder.0.join(STORE), folder.0.join(STORE))?;
        let people = filled.people;
        let ops = Ops::open(folder.config(condition).await?, Clock::manual(people.now)).await?;
        Ok(Self { ops, people, folder })
    }

    pub(super) async fn close(self) -> ops::Result<()> {
        self.ops.close().await?;
        drop(self.folder);
        Ok(())
    }
}

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("holisticos-evaluate-{}", Clock::system().new_id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    async fn config(&self, condition: Condition) -> anyhow::Result<Config> {
        let mut config = Config::load(None)?;
        config.store.url = format!("sqlite:{}", self.0.join(STORE).display());
        config.limits.enabled = false;
        match provider(condition)? {
            Some(options) => with_model(&mut config, options).await?,
            None => config.model.name.clear(),
        }
        config.fallback_models.clear();
        Ok(config)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it is in the system's folder for what may be lost.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn provider(condition: Condition) -> anyhow::Result<Option<Options>> {
    let quick = Options { latency_ms: 0, jitter_ms: 0, ..Options::default() };
    Ok(match condition {
        Condition::NoModel => None,
        Condition::Model => Some(quick),
        Condition::FaultyModel => Some(Options { script: Some(faults()?), ..quick }),
    })
}

/// The first rule above a call's luck decides: shares that grow by the same step are equally likely.
fn faults() -> anyhow::Result<Script> {
    let rule = |(nth, fault): (u32, &Fault)| {
        let share = SHARE_OF_EACH * f64::from(nth);
        format!("[[fault]]\nkind = \"{}\"\nfrom = 1\nto = {}\nshare = {share:.2}\n", fault.as_str(), i64::MAX)
    };
    let text: String = (1..).zip(&FAULTS).map(rule).collect();
    Ok(Script::parse(&text, Path::new("faults of the evaluation"))?)
}

async fn with_model(config: &mut Config, options: Options) -> anyhow::Result<()> {
    let listener = start::listen("127.0.0.1:0").await?;
    let model = &mut config.model;
    "sim-large".clone_into(&mut model.name);
    model.base_url = format!("http://{}/v1", listener.local_addr()?);
    model.api_key = "evaluate".to_owned().into();
    // What it would cost is not measured here, and no cap may be reached.
    (model.input_usd_per_mtok, model.output_usd_per_mtok) = (0.001, 0.001);
    let serving = axum::serve(
        start::without_delay(listener),
        simulator::router_with(options, simulator::Books::default()),
    );
    #[expect(clippy::disallowed_methods, reason = "it ends with the command")]
    tokio::spawn(serving.into_future());
    Ok(())
}
