//! What is around a download: other processes, proxies, and the real MNIST.

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;
use std::thread;
use std::time::Duration;

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use mlp_data::download::{MIRRORS, MNIST, RemoteFile, Timeouts, fetch_files, fetch_mnist};
use tempfile::TempDir;

use super::http_server::{Reply, Server};
use super::{NAME, fetch, file, inside_test, names, run_inside};

#[test]
fn two_downloads_into_one_folder_do_not_disturb_each_other() {
    let folder = TempDir::new().unwrap();
    let (bytes, sha256) = file();
    let server = Server::start(|| Reply::whole(&file().0).slowly(4, Duration::from_millis(50)));
    thread::scope(|scope| {
        let both = [(), ()].map(|()| scope.spawn(|| fetch(folder.path(), &[&server], &sha256)));
        for fetched in both {
            fetched.join().unwrap().unwrap();
        }
    });
    assert_eq!(names(folder.path()), [NAME]);
    assert!(std::fs::read(folder.path().join(NAME)).unwrap() == bytes);
}

#[test]
fn a_proxy_is_asked_for_other_machines_and_never_for_this_one() {
    if inside_test() {
        let here = Server::start(|| Reply::status("404 Not Found"));
        let mirrors = ["http://mnist.invalid/".to_owned(), here.url.clone()];
        let files = [RemoteFile {
            name: NAME,
            sha256: "",
        }];
        let folder = TempDir::new().unwrap();
        fetch_files(
            folder.path(),
            &mirrors,
            &files,
            Timeouts::default(),
            &mut |_| {},
        )
        .unwrap_err();
        assert_eq!(here.requests().len(), 1);
        return;
    }
    let proxy = Server::start(|| Reply::status("403 Forbidden"));
    let mut child = Command::new(env::current_exe().unwrap());
    for name in [
        "ALL_PROXY",
        "all_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
    ] {
        child.env_remove(name);
    }
    run_inside(
        child.env("HTTP_PROXY", &proxy.url),
        "surroundings::a_proxy_is_asked_for_other_machines_and_never_for_this_one",
    );
    assert_eq!(proxy.requests(), ["CONNECT mnist.invalid:80"]);
}

#[test]
fn there_are_two_mirrors_or_more_and_the_network_is_given_up_within_ten_seconds() {
    assert!(MIRRORS.len() >= 2);
    assert!(
        MIRRORS
            .iter()
            .all(|mirror| mirror.starts_with("https://") && mirror.ends_with('/'))
    );
    let Timeouts {
        connect,
        stall,
        give_up,
    } = Timeouts::default();
    assert_eq!(
        (connect.as_secs(), stall.as_secs(), give_up.as_secs()),
        (4, 4, 10)
    );
}

#[test]
fn the_checksums_are_those_of_the_real_mnist() {
    let Some((train_csv, test_csv)) = crate::mnist::files() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    for (rows_csv, names) in [(train_csv, [0, 1]), (test_csv, [2, 3])] {
        let mut text = String::new();
        MultiGzDecoder::new(File::open(rows_csv).unwrap())
            .read_to_string(&mut text)
            .unwrap();
        let (mut images, mut labels) = (Vec::new(), Vec::new());
        for line in text.lines().skip(1) {
            let mut values = line.split(',').map(|value| value.parse::<u8>().unwrap());
            labels.push(values.next().unwrap());
            images.extend(values);
        }
        let rows = u32::try_from(labels.len()).unwrap();
        for (name, header, values) in [
            (names[0], vec![0x803, rows, 28, 28], images),
            (names[1], vec![0x801, rows], labels),
        ] {
            let file = File::create(folder.path().join(MNIST[name].name)).unwrap();
            let mut encoder = GzEncoder::new(file, Compression::fast());
            for number in header {
                encoder.write_all(&number.to_be_bytes()).unwrap();
            }
            encoder.write_all(&values).unwrap();
            encoder.finish().unwrap();
        }
    }
    // With no mirror to ask, only files that are right already can satisfy it.
    let [train_images, _, _, test_labels] = fetch_mnist(folder.path(), &[], &mut |_| {}).unwrap();
    assert_eq!(
        train_images,
        folder.path().join("train-images-idx3-ubyte.gz")
    );
    assert_eq!(test_labels, folder.path().join("t10k-labels-idx1-ubyte.gz"));
}
