//! IDX pairs: images and the labels beside them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use mlp_data::{Features, Labels, ReadOptions};

use crate::support::{of_model, read_file as read};

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

fn idx(dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, u8::try_from(dimensions.len()).unwrap()];
    bytes.extend(dimensions.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three images of 1 × 2 pixels.
fn images() -> Vec<u8> {
    idx(&[3, 1, 2], &[1, 2, 3, 4, 5, 255])
}

fn labels() -> Vec<u8> {
    idx(&[3], &[9, 10, 9])
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    #[track_caller]
    fn assert_error(&self, name: &str, message: &str, remedy: &str) {
        let error = read(&self.path(name), &ReadOptions::default()).expect_err("an error");
        let folder = format!("{}/", Path::display(self.0.path()));
        assert_eq!(error.to_string().replace(&folder, ""), message);
        assert!(
            error.remedy().contains(remedy),
            "remedy: {}",
            error.remedy()
        );
    }
}

#[test]
fn a_pair_is_found_under_every_usual_name() {
    for (image_name, label_name) in [
        (IMAGES, LABELS),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("train-images-idx3-ubyte.gz", LABELS),
        (IMAGES, "train-labels-idx1-ubyte.gz"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
    ] {
        let packed = |name: &str, bytes: Vec<u8>| {
            if Path::new(name).extension() == Some("gz".as_ref()) {
                gzip(&bytes)
            } else {
                bytes
            }
        };
        let folder = Folder::with(&[
            (image_name, packed(image_name, images())),
            (label_name, packed(label_name, labels())),
        ]);
        let dataset = read(&folder.path(image_name), &ReadOptions::default()).unwrap();
        assert_eq!(
            dataset.features,
            Features::Bytes(vec![1, 2, 3, 4, 5, 255]),
            "{image_name}"
        );
        assert_eq!(dataset.labels(), Some(&[0, 1, 0][..]));
        assert_eq!(dataset.classes(), ["9", "10"]);
        assert_eq!(dataset.feature_names(), ["1x1", "1x2"]);
    }
}

#[test]
fn images_may_have_any_rank_from_two() {
    for (dimensions, names) in [
        (vec![3, 4], vec!["x1", "x2", "x3", "x4"]),
        (vec![3, 2, 2], vec!["1x1", "1x2", "2x1", "2x2"]),
        (vec![3, 2, 1, 2], vec!["1x1x1", "1x1x2", "2x1x1", "2x1x2"]),
    ] {
        let folder = Folder::with(&[("images", idx(&dimensions, &[7; 12])), ("labels", labels())]);
        assert_eq!(
            read(&folder.path("images"), &ReadOptions::default())
                .unwrap()
                .feature_names(),
            names
        );
    }
}

#[test]
fn labels_may_be_left_out_for_prediction_and_rows_may_be_limited() {
    let folder = Folder::with(&[(IMAGES, images())]);
    let optional = ReadOptions {
        labels: Labels::Optional,
        ..ReadOptions::default()
    };
    assert_eq!(
        read(&folder.path(IMAGES), &optional).unwrap().labels(),
        None
    );

    let folder = Folder::with(&[(IMAGES, images()), (LABELS, labels())]);
    let absent = ReadOptions {
        labels: Labels::Absent,
        ..ReadOptions::default()
    };
    assert_eq!(read(&folder.path(IMAGES), &absent).unwrap().labels(), None);
    let first = ReadOptions {
        limit: 2,
        ..ReadOptions::default()
    };
    let dataset = read(&folder.path(IMAGES), &first).unwrap();
    assert_eq!((dataset.rows(), dataset.labels()), (2, Some(&[0, 1][..])));
}

#[test]
fn damage_is_named() {
    let pair =
        |images: Vec<u8>, labels: Vec<u8>| Folder::with(&[(IMAGES, images), (LABELS, labels)]);
    pair(b"\x00\x00\x0d\x03rest".to_vec(), labels()).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: not an IDX file of unsigned bytes: it begins with 00 00 0d 03",
        "00 00 08",
    );
    pair(b"label,1x1\n".to_vec(), labels()).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: not an IDX file of unsigned bytes: it begins with 6c 61 62 65",
        "CSV file under another name",
    );
    pair(Vec::new(), labels()).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: the file is empty",
        "again",
    );
    pair(images()[..9].to_vec(), labels()).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: the IDX header is cut off",
        "again",
    );
    pair(images()[..20].to_vec(), labels()).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: the IDX header announces 6 bytes of values, 4 follow",
        "cut off",
    );
    pair([images(), vec![0; 3]].concat(), labels()).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: the IDX header announces 6 bytes of values, 9 follow",
        "header is damaged",
    );
    pair(idx(&[u32::MAX; 5], &[1]), labels()).assert_error(
        IMAGES,
        &format!(
            "train-images-idx3-ubyte: the IDX header announces {} bytes of values, 1 follow",
            u64::MAX
        ),
        "header is damaged",
    );
    let packed = gzip(&images());
    pair(packed[..packed.len() - 9].to_vec(), labels()).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: the gzip stream ends too early: the file is cut off",
        "again",
    );
}

#[test]
fn pairs_that_do_not_belong_together_are_named() {
    let pair =
        |images: Vec<u8>, labels: Vec<u8>| Folder::with(&[(IMAGES, images), (LABELS, labels)]);
    let folder = pair(images(), idx(&[2], &[1, 2]));
    let label_file = folder.path(LABELS);
    let error = read(&folder.path(IMAGES), &ReadOptions::default()).unwrap_err();
    let cause = format!(": 3 images, but 2 labels in `{}`", label_file.display());
    assert!(error.to_string().ends_with(&cause), "{error}");
    assert!(error.remedy().contains("same set"));

    pair(images(), images()).assert_error(
        IMAGES,
        "train-labels-idx1-ubyte: the IDX file has 3 dimensions; a file of labels has 1",
        "name the image file",
    );
    pair(images(), labels()).assert_error(
        LABELS,
        "train-labels-idx1-ubyte: the IDX file has 1 dimensions; a file of images has 2 or more",
        "name the image file",
    );
    Folder::with(&[(IMAGES, images())]).assert_error(
        IMAGES,
        "train-images-idx3-ubyte: the file with its labels is missing: \
         looked for `train-labels-idx1-ubyte`, `train-labels-idx1-ubyte.gz` and `train-labels-idx1-ubyte.zst`",
        "beside the image file",
    );
    Folder::with(&[("digits-ubyte", images())]).assert_error(
        "digits-ubyte",
        "digits-ubyte: the file with its labels is missing",
        "…-images-idx3-ubyte",
    );

    let folder = pair(images(), labels());
    let known = of_model(ReadOptions::default(), 2, &["9"]);
    let error = read(&folder.path(IMAGES), &known).unwrap_err();
    assert!(
        error.to_string().ends_with(&format!(
            "{LABELS}: row 2: `10` is none of the network's classes: `9`"
        )),
        "{error}"
    );
    let narrow = of_model(ReadOptions::default(), 784, &["9"]);
    let error = read(&folder.path(IMAGES), &narrow).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with(": 784 features expected, 2 found"),
        "{error}"
    );
}
