//! The store: one schema, two engines (SQLite embedded, PostgreSQL), the same SQL text on both.
//!
//! Writes and reads have pools of their own, so that a page never waits behind a write.
//! On SQLite there is one writing connection and every transaction is `begin immediate`: with the default `begin`
//! two read-then-write transactions can deadlock into "database is locked", whatever the busy timeout.

use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Executor, Row as _, Transaction};

use crate::error::{Error, Result};

/// A transaction that may write. Rolled back when dropped without [`Transaction::commit`].
pub type WriteTx = Transaction<'static, Any>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Clone, Debug)]
pub struct Db {
    engine: Engine,
    write: AnyPool,
    read: AnyPool,
}

impl Db {
    /// `url` is `sqlite:PATH` or `postgres://…`. The file of SQLite is created when missing.
    pub async fn open(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = match url.split(':').next() {
            Some("sqlite") => Engine::Sqlite,
            Some("postgres" | "postgresql") => Engine::Postgres,
            _ => return Err(Error::Config("DATABASE_URL must start with sqlite: or postgres:".to_owned())),
        };
        let url = match engine {
            Engine::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let options: AnyConnectOptions = url.parse().map_err(Error::Store)?;
        let (writers, readers) = match engine {
            Engine::Sqlite => (1, 4),
            Engine::Postgres => (8, 8),
        };
        let write = pool(engine, writers, false).connect_with(options.clone()).await?;
        let read = pool(engine, readers, true).connect_with(options).await?;
        Ok(Self { engine, write, read })
    }

    /// Brings the schema to this version. Safe to call at every start and from several processes, also while others serve.
    /// A store that a newer version has migrated is served as it is: migrations only add (decision 14), so the version
    /// before works on it, and an upgrade that failed does not keep the old binary from starting.
    pub async fn migrate(&self) -> Result<()> {
        let mut migrations = sqlx::migrate!("../../migrations");
        migrations.set_ignore_missing(true);
        migrations.run(&self.write).await.map_err(Error::Migrate)
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For queries that change nothing.
    pub fn read(&self) -> &AnyPool {
        &self.read
    }

    /// For a single statement that writes.
    pub fn write(&self) -> &AnyPool {
        &self.write
    }

    /// The only way to start a transaction, but for money.
    pub async fn begin_write(&self) -> Result<WriteTx> {
        let begin = match self.engine {
            Engine::Sqlite => "pragma synchronous = normal; begin immediate",
            Engine::Postgres => "begin",
        };
        Ok(self.write.begin_with(begin).await?)
    }

    /// A transaction whose commit survives a power cut, not only a killed process: for the ledger, and for what is shown of people.
    pub async fn begin_durable(&self) -> Result<WriteTx> {
        let begin = match self.engine {
            Engine::Sqlite => "pragma synchronous = full; begin immediate",
            Engine::Postgres => "begin",
        };
        Ok(self.write.begin_with(begin).await?)
    }

    /// For many reads that must fit together: all see the store as it was at the first.
    pub async fn begin_snapshot(&self) -> Result<WriteTx> {
        let begin = match self.engine {
            Engine::Sqlite => "begin deferred",
            Engine::Postgres => "begin isolation level repeatable read read only",
        };
        Ok(self.read.begin_with(begin).await?)
    }

    /// After people were erased: what SQLite's log still has of the pages before goes, too (what is deleted is overwritten at once,
    /// by `secure_delete`). PostgreSQL frees the rows; the space is overwritten as it is used again. False: somebody reads from the
    /// log, and it stands; ask again. Nobody who writes waits longer than a tenth of a second for it.
    pub async fn overwrite_deleted(&self, tables: &[&str]) -> Result<bool> {
        if self.engine == Engine::Postgres {
            let sql = format!("vacuum (skip_locked) {}", tables.join(", "));
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&self.write).await?;
            return Ok(true);
        }
        let mut connection = self.write.acquire().await?;
        // Nobody else gets it with this patience.
        connection.close_on_drop();
        connection.execute("pragma busy_timeout = 100").await?;
        let row = connection.fetch_one("pragma wal_checkpoint(truncate)").await?;
        // Its first column is 1 when it could not.
        Ok(row.try_get::<i64, _>(0)? == 0)
    }

    /// After much was written at once: PostgreSQL's planner goes by what it last counted. SQLite's goes by the schema.
    pub async fn analyze(&self) -> Result<()> {
        if self.engine == Engine::Postgres {
            sqlx::query("analyze").execute(&self.write).await?;
        }
        Ok(())
    }

    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn pool(engine: Engine, connections: u32, read_only: bool) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(engine == Engine::Postgres)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if engine == Engine::Sqlite {
                    connection
                        .execute(
                            "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; \
                             pragma busy_timeout = 5000; pragma temp_store = memory; pragma cache_size = -8000; \
                             pragma secure_delete = on",
                        )
                        .await?;
                    if read_only {
                        connection.execute("pragma query_only = on").await?;
                    }
                } else {
                    // A process that is stopped inside a transaction must not stop all others for ever. Pages read by
                    // indices: workers and a compiler take longer to start than such a statement to run.
                    connection
                        .execute(
                            "set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '30s'; \
                             set max_parallel_workers_per_gather = 0; set jit = off",
                        )
                        .await?;
                }
                Ok(())
            })
        })
}

/// Work of which several processes may do one piece after the other, never two at once.
pub mod turn {
    use super::WriteTx;
    use crate::error::Result;

    /// Waits until no other transaction has this turn, and has it until `tx` ends. `name` is a row of the table `turn`.
    pub async fn take(tx: &mut WriteTx, name: &str, now: i64) -> Result<()> {
        let sql = "update turn set at = $1 where name = $2";
        sqlx::query(sql).bind(now).bind(name).execute(&mut **tx).await?;
        Ok(())
    }
}

/// Values of one statement of many rows: so many that the store's thread is woken seldom, so few that it does not hold up a lease
/// that somebody waits for.
pub const PARAMETERS: usize = 1_000;

/// The text `(?, ?), (?, ?)` for `rows` rows of `columns` values: one statement for many rows on both engines. PostgreSQL
/// wants them numbered; on SQLite numbers have names, and finding one among many takes longer than storing its value.
pub fn placeholders(connection: &AnyConnection, rows: usize, columns: usize) -> String {
    let numbered = connection.backend_name() == "PostgreSQL";
    let mut text = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            text.push_str(match (column, numbered) {
                (0, false) => "?",
                (0, true) => "$",
                (_, false) => ", ?",
                (_, true) => ", $",
            });
            if numbered {
                text.push_str(&(row * columns + column + 1).to_string());
            }
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn placeholders_are_numbered_across_rows_where_they_must_be() {
        let db = Db::open(&crate::testing::empty_store().await).await.unwrap();
        let tx = db.begin_write().await.unwrap();
        let expected = match db.engine() {
            Engine::Sqlite => "(?, ?), (?, ?)",
            Engine::Postgres => "($1, $2), ($3, $4)",
        };
        assert_eq!(placeholders(&tx, 2, 2), expected);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn concurrent_read_then_write_transactions_all_commit() {
        let db = Db::open(&crate::testing::empty_store().await).await.unwrap();
        db.write().execute("create table counter (n bigint not null)").await.unwrap();
        db.write().execute("insert into counter (n) values (0)").await.unwrap();
        let adds = (0..50).map(|_| {
            let db = db.clone();
            async move {
                let mut tx = db.begin_write().await.unwrap();
                let update = "update counter set n = n + 1 returning n";
                let _: i64 = sqlx::query_scalar(update).fetch_one(&mut *tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
        futures::future::join_all(adds).await;
        let n: i64 = sqlx::query_scalar("select n from counter").fetch_one(db.read()).await.unwrap();
        assert_eq!(n, 50);
    }

    #[tokio::test]
    async fn the_ledger_waits_for_the_disk_and_nobody_else() {
        let db = Db::open(&crate::testing::empty_store().await).await.unwrap();
        let synchronous = async |mut tx: WriteTx| -> i64 {
            sqlx::query_scalar("pragma synchronous").fetch_one(&mut *tx).await.unwrap()
        };
        if db.engine() == Engine::Sqlite {
            assert_eq!(synchronous(db.begin_write().await.unwrap()).await, 1, "normal");
            assert_eq!(synchronous(db.begin_durable().await.unwrap()).await, 2, "full");
            assert_eq!(synchronous(db.begin_write().await.unwrap()).await, 1, "normal again");
        }
    }

    #[tokio::test]
    async fn a_store_of_another_kind_is_refused() {
        assert!(matches!(Db::open("mysql://localhost").await, Err(Error::Config(_))));
    }
}
