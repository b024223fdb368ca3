//! `countersign projections`: how far the read models have read; make them anew, or check them.

use std::path::Path;

use clap::Subcommand;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use countersign_projections::read_model::{MODELS, Model};
use countersign_stores::EventStore;
use countersign_stores::read_models::{Difference, Progress, Standing};

use crate::failure::Failure;
use crate::settings::Settings;
use crate::{bar, print, wiring};

#[derive(Debug, Subcommand)]
pub(crate) enum Projections {
    /// List the read models, and how far each has read.
    List,
    /// Empty a read model, and make it anew from the first event on.
    Rebuild {
        /// Its name.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<String>,
        /// All of them, one after the other.
        #[arg(long)]
        all: bool,
    },
    /// Take away a read model that another version kept.
    Drop {
        /// Its name.
        name: String,
    },
    /// Make a read model anew in a temporary file, and compare it with the one that is kept.
    Check {
        /// Its name; all of them unless one is said.
        name: Option<String>,
    },
}

/// Runs a command of `countersign projections`.
pub(crate) async fn projections(settings: Settings, command: &Projections) -> Result<(), Failure> {
    let chosen = match command {
        Projections::List | Projections::Drop { .. } => Vec::new(),
        Projections::Rebuild { name, .. } | Projections::Check { name } => chosen(name.as_deref())?,
    };
    let service = wiring::operators_service(&settings).await?;
    let store = service.store();
    match command {
        Projections::List => print::data(&table(&progress(store).await?)),
        Projections::Drop { name } => drop_left(store, name).await?,
        Projections::Rebuild { .. } => {
            for model in chosen {
                rebuild(store, model).await?;
            }
        }
        Projections::Check { .. } => check_all(store, &chosen).await?,
    }
    service.finish().await;
    Ok(())
}

/// Says how far behind the ledger a read model is, where it is.
pub(crate) async fn note_lag(store: &EventStore, model: Model) -> Result<(), Failure> {
    let Progress { name, lag, failure, .. } = progress_of(store, model).await?;
    if lag > 0 {
        print::note(&format!(
            "{name} has not taken the newest {lag} events of the ledger: \
             `countersign serve` does it, or `countersign projections rebuild {name}`"
        ));
    }
    if let Some(failure) = failure {
        print::note(&format!("{name} stands still: {failure}"));
    }
    Ok(())
}

/// The read model of a name, or all of them.
fn chosen(name: Option<&str>) -> Result<Vec<Model>, Failure> {
    let Some(name) = name else { return Ok(MODELS.to_vec()) };
    let model = Model::named(name).ok_or_else(|| {
        let known: Vec<_> = MODELS.iter().map(|model| model.name()).collect();
        Failure::Usage(format!("there is no read model {name}; there are {}", known.join(", ")))
    })?;
    Ok(vec![model])
}

async fn progress(store: &EventStore) -> Result<Vec<Progress>, Failure> {
    store.progress().await.map_err(|cause| Failure::Unreachable(cause.to_string()))
}

async fn progress_of(store: &EventStore, model: Model) -> Result<Progress, Failure> {
    let mut progress = progress(store).await?.into_iter();
    progress.find(|one| one.name == model.name()).ok_or_else(|| Failure::failed("it has no progress"))
}

fn table(progress: &[Progress]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["name", "position", "lag", "remark"]);
    for Progress { name, position, lag, failure, standing } in progress {
        let remark = failure.clone().unwrap_or_else(|| remark(*standing).to_owned());
        table.add_row([name.clone(), position.to_string(), lag.to_string(), remark]);
    }
    table.to_string()
}

fn remark(standing: Standing) -> &'static str {
    match standing {
        Standing::Read => "",
        Standing::Beside => "is read once it has caught up",
        Standing::Left => "is of another version: `countersign projections drop` once no server runs it",
    }
}

async fn drop_left(store: &EventStore, name: &str) -> Result<(), Failure> {
    let listed = progress(store).await?;
    if listed.iter().any(|one| one.name == name && one.standing != Standing::Left) {
        return Err(Failure::Usage(format!("{name} is kept or read: to make it anew, rebuild it")));
    }
    let dropped = store.drop_read_model(name).await;
    if dropped.map_err(|cause| Failure::Unreachable(cause.to_string()))? {
        print::note(&format!("{name} is gone"));
        Ok(())
    } else {
        Err(Failure::Usage(format!("there is no read model {name}")))
    }
}

async fn rebuild(store: &EventStore, model: Model) -> Result<(), Failure> {
    let bar = bar::bar(model.name());
    store.forget(model).await.map_err(|cause| Failure::Unreachable(cause.to_string()))?;
    let made = store.catch_up(model, |taken, of| bar::show(&bar, taken, of)).await;
    bar.finish_and_clear();
    print::note(&format!("{} was made anew from {} events", model.name(), made?));
    Ok(())
}

/// Checks each, also behind one that differs.
async fn check_all(store: &EventStore, models: &[Model]) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let mut differ = Vec::new();
    for model in models {
        match check(store, *model, scratch.path()).await? {
            None => print::data(&format!("{} equals the one made anew", model.name())),
            Some(difference) => differ.push(told(*model, &difference)),
        }
    }
    if differ.is_empty() { Ok(()) } else { Err(Failure::Broken(differ.join("\n"))) }
}

async fn check(store: &EventStore, model: Model, scratch: &Path) -> Result<Option<Difference>, Failure> {
    note_lag(store, model).await?;
    let before = progress_of(store, model).await?.position;
    let file = format!("sqlite://{}", scratch.join(model.name()).display());
    let bar = bar::bar(model.name());
    let found = store.check(model, &file, |taken, of| bar::show(&bar, taken, of)).await;
    bar.finish_and_clear();
    let found = found?;
    if found.is_some() && progress_of(store, model).await?.position != before {
        let moved = "took more events while it was checked: check it again when less happens";
        return Err(Failure::failed(format_args!("{} {moved}", model.name())));
    }
    Ok(found)
}

fn told(model: Model, difference: &Difference) -> String {
    let row = |row: &Option<String>| row.clone().unwrap_or_else(|| "no row".to_owned());
    let (kept, expected) = (row(&difference.kept), row(&difference.expected));
    format!("{} differs from the one made anew\n  kept      {kept}\n  expected  {expected}", model.name())
}
