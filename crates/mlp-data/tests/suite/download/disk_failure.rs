//! Disks that refuse.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mlp_data::error::DownloadError;
use tempfile::TempDir;

use super::http_server::{Reply, Server};
use super::{NAME, fetch, file, inside_test, names, run_inside, whole};

/// Fetches into a folder that refuses; gives the path that the error names and the reason.
fn refused(folder: &Path, server: &Server) -> (PathBuf, ErrorKind) {
    let error = fetch(folder, &[server, server], "").unwrap_err();
    let DownloadError::Disk { path, source, .. } = &error else {
        panic!("{error}")
    };
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
    assert!(error.remedy().contains("folder"), "{}", error.remedy());
    (path.clone(), source.kind())
}

fn server() -> Server {
    Server::start(|| Reply::whole(b"something"))
}

#[test]
fn a_file_where_the_folder_should_be_is_told_before_any_request() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("data");
    fs::write(&file, "").unwrap();
    let server = server();
    assert_eq!(refused(&file, &server), (file, ErrorKind::AlreadyExists));
    assert_eq!(server.requests(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_told_before_any_request() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if File::create(folder.path().join("probe")).is_ok() {
        return; // permissions do not bind root
    }
    let server = server();
    assert_eq!(
        refused(folder.path(), &server).1,
        ErrorKind::PermissionDenied
    );
    assert_eq!(server.requests(), [""; 0]);
}

/// A limit on the size of files stands for the disk; the process that has it is this test's own.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_at_the_first_mirror() {
    let name = "disk_failure::a_full_disk_stops_at_the_first_mirror";
    if !inside_test() {
        let limited = r#"trap '' XFSZ; ulimit -f 1; exec "$0" "$@""#;
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", limited]);
        return run_inside(shell.arg(std::env::current_exe().unwrap()), name);
    }
    let folder = TempDir::new().unwrap();
    let server = whole();
    let (_, sha256) = file();
    let error = fetch(folder.path(), &[&server, &server], &sha256).unwrap_err();
    let DownloadError::Disk { path, source, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(path, &folder.path().join(NAME));
    assert_eq!(source.kind(), ErrorKind::FileTooLarge);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(names(folder.path()), [""; 0]);
}
