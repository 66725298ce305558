//! PNG files held against kept ones.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::browser::Browser;
use super::repository;

/// Asks tests to keep what they saw instead of comparing it.
pub fn is_updating() -> bool {
    std::env::var_os("MLP_UPDATE_SNAPSHOTS").is_some()
}

/// A channel that differs by so much is seen.
const VISIBLE: u8 = 48;

/// Opens a page in one font on every machine. The page itself takes none from anywhere, so its policy is set aside
/// here.
#[track_caller]
pub fn open_in_kept_font(browser: &mut Browser, path: &Path) {
    browser.call("Page.setBypassCSP", &serde_json::json!({"enabled": true}));
    browser.open_file(path);
    keep_font(browser);
}

/// Sets the open page in one font on every machine, if its policy is set aside.
#[track_caller]
pub fn keep_font(browser: &mut Browser) {
    browser.evaluate(&format!(
        "(async () => {{ for (const [data, weight] of [['{}', '100 500'], ['{}', '600 900']]) {{ \
         const font = new FontFace('Kept', `url(data:font/ttf;base64,${{data}})`, {{ weight }}); document.fonts.add(await font.load()); }} \
         const style = document.createElement('style'); style.textContent = '*, .k-chart text {{ font-family: Kept !important }}'; \
         document.head.append(style); await document.fonts.ready; }})()",
        STANDARD.encode(notosans::REGULAR_TTF),
        STANDARD.encode(notosans::BOLD_TTF)
    ));
}

/// Width, height, and red, green and blue of each pixel.
pub fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    bytes.truncate(info.buffer_size());
    let pixels = match info.color_type.samples() {
        1 => bytes.iter().flat_map(|grey| [*grey; 3]).collect(),
        2 => bytes.chunks(2).flat_map(|pixel| [pixel[0]; 3]).collect(),
        samples => bytes
            .chunks(samples)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect(),
    };
    (info.width, info.height, pixels)
}

/// Asserts that a picture looks like the kept one: at most `tolerance` of its pixels differ visibly. The actual
/// picture is left in the folder of the build if it does not.
#[track_caller]
pub fn assert_looks_like(kept: &str, actual: &[u8], tolerance: f64) {
    let path = repository(kept);
    if is_updating() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let Err(difference) = compare(&path, actual, tolerance) else {
        return;
    };
    let actual_path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(path.file_name().unwrap());
    fs::write(&actual_path, actual).unwrap();
    panic!(
        "{kept}: {difference}; the picture as it is now: {} (MLP_UPDATE_SNAPSHOTS=1 keeps it)",
        actual_path.display()
    );
}

fn compare(path: &Path, actual: &[u8], tolerance: f64) -> Result<(), String> {
    let kept = fs::read(path).map_err(|error| error.to_string())?;
    let (kept, actual) = (decode(&kept), decode(actual));
    if (kept.0, kept.1) != (actual.0, actual.1) {
        return Err(format!(
            "{}×{} pixels are now {}×{}",
            kept.0, kept.1, actual.0, actual.1
        ));
    }
    let differs = |(a, b): (&[u8], &[u8])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > VISIBLE);
    let pixels = kept.2.chunks(3).zip(actual.2.chunks(3));
    let different = pixels.filter(|pair| differs(*pair)).count();
    let share = f64::from(u32::try_from(different).unwrap()) / f64::from(kept.0 * kept.1);
    if share <= tolerance {
        return Ok(());
    }
    Err(format!(
        "{:.2} % of its pixels differ, {:.2} % may",
        100.0 * share,
        100.0 * tolerance
    ))
}
