//! Runs every Lua test in `tests/` with `luvit test`, a trial a file: `cargo test --test lua timer`
//! runs `tests/timer.lua`. Tests that hang are ended by the runner.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

/// A runner that takes longer hangs itself.
const LIMIT: Duration = Duration::from_secs(180);

fn main() {
    let arguments = Arguments::from_args();
    let folder = root().join("tests");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder tests/ is part of the project")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    files.sort();
    let trials = files
        .into_iter()
        .map(|path| {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Trial::test(name, move || run(&path))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// The folder of the project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs one file: the runner must exit with 0 in time.
fn run(path: &Path) -> Result<(), Failed> {
    let output = std::env::temp_dir().join(format!(
        "luvit-test-{}-{}",
        std::process::id(),
        path.file_stem().unwrap_or_default().to_string_lossy()
    ));
    let file = std::fs::File::create(&output)?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_luvit"))
        .args(["test", "--reporter", "tap"])
        .arg(path.strip_prefix(root())?)
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()?;
    let start = Instant::now();
    let outcome = loop {
        if let Some(status) = child.try_wait()? {
            break if status.success() {
                Ok(())
            } else {
                Err(format!("{status}"))
            };
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            break Err(format!("still running after {LIMIT:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = String::from_utf8_lossy(&std::fs::read(&output)?).into_owned();
    std::fs::remove_file(&output)?;
    outcome.map_err(|why| format!("{why}\n{text}").into())
}
