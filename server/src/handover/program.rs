//! The binary that this process was started from, and how it is started anew.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use command_fds::{CommandFdExt, FdMapping};
use ops::deployments::Begun;

use super::wire::{self, Wire};
use super::{Refusal, Successor};

/// The first descriptor of systemd's convention.
const FIRST: i32 = 3;

/// What this process was started as, and what it starts again.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// The path as it was typed or found, so that a link to the current version is followed anew; made absolute.
    pub(crate) fn this() -> std::io::Result<Self> {
        let mut arguments = std::env::args_os();
        let typed = arguments.next().map(PathBuf::from);
        let path = match typed.and_then(|typed| found(&typed, std::env::var_os("PATH").as_deref())) {
            Some(path) => std::path::absolute(path)?,
            None => std::env::current_exe()?,
        };
        Ok(Self { path, arguments: arguments.collect() })
    }

    /// Starts it with this listener. It is told what was begun; it does not serve yet.
    pub(crate) async fn start(&self, listener: OwnedFd, begun: &Begun) -> Result<Successor, Refusal> {
        if std::process::id() == 1 {
            return Err(Refusal::FirstProcess);
        }
        let failed = |error| Refusal::NotStarted { path: self.path.clone(), error };
        let (ours, theirs) = wire::pair().map_err(failed)?;
        let ours = Wire::new(ours).map_err(failed)?;
        let mut command = std::process::Command::new(&self.path);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .env("LISTEN_FDS", "2")
            .env("LISTEN_FDNAMES", "http:predecessor")
            .env_remove("LISTEN_PID")
            .env_remove("LISTEN_FDS_FIRST_FD");
        let passed = [listener, theirs];
        let mappings = passed.into_iter().zip(FIRST..);
        let mappings = mappings.map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd }).collect();
        command.fd_mappings(mappings).map_err(|error| failed(std::io::Error::other(error)))?;
        // Dropped at the end of the statement, and our copies of what was passed with it.
        let child = tokio::process::Command::from(command).spawn().map_err(failed)?;
        Ok(Successor::begun(child, ours, begun).await)
    }
}

/// Where a program is that was started by this name: a bare one was looked for in the folders of `PATH`.
fn found(typed: &Path, folders: Option<&OsStr>) -> Option<PathBuf> {
    if typed.components().count() > 1 {
        return Some(typed.to_owned());
    }
    let is_program = |path: &PathBuf| {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(folders?).map(|folder| folder.join(typed)).find(is_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_found_in_path_and_its_link_is_kept() {
        let folder =
            std::env::temp_dir().join("holisticos-tests").join(format!("p{:x}", rand::random::<u64>()));
        let (first, second) = (folder.join("first"), folder.join("second"));
        std::fs::create_dir_all(&first).unwrap();
        std::fs::create_dir_all(&second).unwrap();
        // Not one that can be started.
        std::fs::write(first.join("holisticos"), "").unwrap();
        let link = second.join("holisticos");
        std::os::unix::fs::symlink(std::env::current_exe().unwrap(), &link).unwrap();
        let path = std::env::join_paths([&first, &second]).unwrap();
        assert_eq!(found(Path::new("holisticos"), Some(&path)), Some(link));
        assert_eq!(found(Path::new("another"), Some(&path)), None);
        assert_eq!(found(Path::new("./holisticos"), Some(&path)), Some(PathBuf::from("./holisticos")));
        assert_eq!(found(Path::new("holisticos"), None), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
